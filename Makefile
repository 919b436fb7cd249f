# A thin front for CMake (see CMakePresets.json), which also works alone.
#
# Each target first installs the Debian packages it needs and lacks; SHM_PACKAGES=skip leaves that out.

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
export JOBS

# A jobs server of this make would not reach ninja; ninja gets its own number.
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

packages = cmake/install-packages
lane = cmake --preset $(1) $(2) && cmake --build --preset $(1) -j $(JOBS)

.PHONY: build demo test bench check fuzz format install clean

build:
	$(packages) build
	$(call lane,default)

demo:
	$(packages) demo
	cmake --preset default -D SHM_DEMO=ON && cmake --build --preset default -j $(JOBS)
	build/bin/shm demo --image build/packages.img

# The unit tests run a second time under ASan and UBSan, and every fuzz target for a few seconds.
test:
	$(packages) test
	$(call lane,test)
	$(call lane,asan)
	$(call lane,fuzz)
	tests/run default 'asan:unit|process' fuzz

# BENCH_SCALE=quick for minutes rather than the better part of an hour; BENCHES="lookup build" for some.
bench:
	$(packages) bench
	$(call lane,default,-D SHM_BENCH=ON -D SHM_DEMO=ON)
	bench/run build/bin build/bench $(BENCHES)

check: SECONDS = 60
check:
	$(packages) check
	cmake/check-format
	$(call lane,gcc,-D SHM_BENCH=ON)
	$(call lane,clang,-D SHM_BENCH=ON -D CMAKE_CXX_COMPILER=clang++)
	BENCH_SCALE=tiny bench/run build/lanes/gcc/bin build/lanes/gcc/bench \
	    >build/lanes/gcc/bench.log 2>&1 || { tail -n 20 build/lanes/gcc/bench.log >&2; exit 1; }
	cmake/check-tidy build/lanes/clang
	$(call lane,test)
	$(call lane,asan)
	$(call lane,tsan)
	$(call lane,arm64)
	$(call lane,fuzz)
	SHM_FUZZ_SECONDS=$(SECONDS) tests/run gcc 'default:long' \
	    'asan:unit|process|script|python|long' 'tsan:race' 'arm64:process' fuzz

fuzz: SECONDS = 60
fuzz:
	$(packages) test
	$(call lane,fuzz)
	SHM_FUZZ_SECONDS=$(SECONDS) tests/run fuzz

format:
	$(packages) format
	cmake/check-format --write

install: build
	cmake --install build --prefix '$(abspath $(PREFIX))'

clean:
	rm -rf build
