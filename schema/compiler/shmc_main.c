#include "schema/compiler/shmc.h"

int main(int argc, char **argv)
{
    return shmc_main(argc, argv);
}
