# See serial.shm.
@0xb7c1d3a5e9f20418;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("serial_capnp");

struct Place {
  lat @0 :Float64;
  lon @1 :Float64;
}

struct Item {
  id @0 :UInt64;
  price @1 :Float64;
  kind @2 :UInt8;
  place @3 :Place;
  name @4 :Text;
  tags @5 :List(Text);
}

struct Items {
  items @0 :List(Item);
}
