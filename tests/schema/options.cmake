# Schemas for the scripts of this folder.
add_program(print_schema schema/print_schema.c "")
