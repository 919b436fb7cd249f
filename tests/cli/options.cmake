# What test_random_images.py takes its images from.
add_program(random_image cli/random_image.c "")
