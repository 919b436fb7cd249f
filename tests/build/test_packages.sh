#!/usr/bin/env bash
# cmake/install-packages, on machines that are played by stubs of dpkg-query, apt-get, id and sudo.
set -u
. "$SHM_SOURCE/tests/support/cases.sh"
script=$SHM_SOURCE/cmake/install-packages

# A folder that is all of the PATH, with what the script itself needs.
mkdir bin
for tool in bash env sort grep true; do
    ln -s "$(type -P "$tool")" bin/
done
stub() # NAME BODY
{
    printf '#!/bin/bash\n%s\n' "$2" >"bin/$1"
    chmod +x "bin/$1"
}
install_packages()
{
    env -i PATH="$PWD/bin" ${SKIP:+SHM_PACKAGES=skip} bash "$script" "$@"
}

case_exit 'not Debian' 1 install_packages build
case_ok 'not Debian: says so' grep -q 'not a Debian system' stderr
case_ok 'not Debian: lists the packages' grep -qx '    ninja-build' stderr
SKIP=1 case_exit 'not Debian, told that all is there' 0 install_packages build

stub dpkg-query 'echo installed'
stub apt-get 'echo "apt-get $*" >>apt.log'
case_exit 'all is there' 0 install_packages build demo test check bench
case_ok 'all is there: apt-get is not called' [ ! -e apt.log ]

stub dpkg-query 'case $* in *cmake*) echo "no packages found" >&2; exit 1 ;; esac; echo installed'
stub id 'echo 1000'
case_exit 'no root, no sudo' 1 install_packages build
case_ok 'no root: says so' grep -q 'needs root' stderr
case_equal 'no root: lists what is missing' '    cmake' "$(grep '^  ' stderr)"
stub sudo 'exit 1'
case_exit 'sudo wants a password' 1 install_packages build
case_ok 'no root: apt-get is not called' [ ! -e apt.log ]

stub sudo '[ "$1" = -n ] && shift; exec "$@"'
case_exit 'with sudo' 0 install_packages build
case_ok 'with sudo: installs what is missing' grep -qE 'install .*cmake$' apt.log

stub id 'echo 0'
rm -f apt.log bin/sudo
stub apt-get 'echo "apt-get $*" >>apt.log
case $* in *update*) : >updated ;; *) [ -e updated ] ;; esac'
case_exit 'the lists are missing or old' 0 install_packages build
case_ok 'the lists are missing or old: updates' grep -q 'update' apt.log

stub apt-get 'exit 100'
case_exit 'apt-get fails' 1 install_packages build
case_ok 'apt-get fails: lists the packages' grep -qx '    cmake' stderr
case_exit 'an unknown group' 2 install_packages nonsense
cases_end
