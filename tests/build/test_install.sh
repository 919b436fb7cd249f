#!/usr/bin/env bash
# An installed libshm is found and used by other projects: with CMake, and with pkg-config.
set -u
. "$SHM_SOURCE/tests/support/cases.sh"
prefix=$PWD/prefix

case_exit 'installs' 0 cmake --install "$SHM_BUILD" --prefix "$prefix"
for file in bin/shm bin/shmc include/shm/dataset.h; do
    case_ok "$file is there" [ -f "prefix/$file" ]
done
find prefix/include -type f ! -path 'prefix/include/shm/*.h' | case_empty 'only public headers'

# An installation can be moved.
mv prefix moved
prefix=$PWD/moved

mkdir -p user/units
cat >user/units/units.shm <<'END'
struct Point { lat: f64; lon: f64; }
END
cat >user/geo.shm <<'END'
import "units.shm";
record City { id: u32; where: units.Point; }
dataset Geo { cities: array<City>; by_id: index cities by id; }
END
cat >user/roads.shm <<'END'
import "units.shm";
record Road { name: string; path: [units.Point]; }
dataset Roads { roads: array<Road>; }
END
cat >user/main.c <<'END'
#include "geo.shm.h"
#include "roads.shm.h"
#include <stdio.h>

int main(void)
{
    puts(shm_version());
    return 0;
}
END
cp user/main.c user/main.cc
cat >user/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(user C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(libshm 0.1 REQUIRED)
shm_generate(TARGET geo SCHEMAS geo.shm roads.shm IMPORT_DIRS units LANGUAGES c python dot)
shm_generate(TARGET geo_static SCHEMAS geo.shm roads.shm IMPORT_DIRS units LIBRARY libshm::static)
add_executable(in_c main.c)
target_link_libraries(in_c PRIVATE geo)
add_executable(in_cxx main.cc)
target_link_libraries(in_cxx PRIVATE geo_static)
END
case_exit 'another project configures' 0 \
    cmake -S user -B user/build -G Ninja -D CMAKE_PREFIX_PATH="$prefix"
case_exit 'another project builds' 0 cmake --build user/build
case_equal 'its C program runs' \
    "$("$prefix/bin/shm" --version | sed -nE '1s/^[^ ]+ ([0-9.]+).*/\1/p')" \
    "$(user/build/in_c)"
case_exit 'its C++ program runs' 0 user/build/in_cxx

for file in geo.shm.h geo.pyi geo.dot roads.pyi; do
    case_ok "$file is made" [ -s "user/build/geo/$file" ]
done

case_exit 'nothing is made again' 0 cmake --build user/build
case_ok 'nothing is made again' grep -q 'no work to do' stdout
sleep 0.1
echo '// a comment' >>user/units/units.shm
case_exit 'an import changes' 0 cmake --build user/build
case_ok 'a changed import compiles the schema again' grep -q 'shmc geo.shm' stdout

pc_dir=$(dirname "$(find "$prefix" -name libshm.pc)")
export PKG_CONFIG_PATH=$pc_dir
case_exit 'shmc, found by pkg-config' 0 \
    "$(pkg-config --variable=shmc libshm)" user/geo.shm user/roads.shm -I user/units -o user
read -ra flags < <(pkg-config --cflags --libs libshm)
case_exit 'a program, built with pkg-config' 0 gcc user/main.c -o user/main -I user "${flags[@]}"
case_exit 'the program' 0 env LD_LIBRARY_PATH="$(pkg-config --variable=libdir libshm)" user/main
cases_end
