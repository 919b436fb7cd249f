# Writes the corpus anew; built with every lane so that it stays able to.
add_program(make_corpus fuzz/make_corpus.c "")
