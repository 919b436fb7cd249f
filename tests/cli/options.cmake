# What test_random_images.py takes its images from.
add_program(random_image cli/random_image.c "")

# Where test_hostile.sh has its keys from.
add_program(hostile_keys cli/hostile_keys.c "")
