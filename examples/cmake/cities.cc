// cities IMAGE — builds a small image, opens it and finds cities in it, in C++.
#include <cstdio>

#include "geo.shm.h"

static shm_status build(const char *path, shm_error *error)
{
    geo_builder builder;
    geo_builder_open(&builder, nullptr);
    geo_city_input bern = {};
    bern.id = 42;
    bern.name = SHM_STR("Bern");
    bern.where = {46.95, 7.45};
    bern.has_population = true;
    bern.population = 134506;
    geo_builder_add_cities(&builder, &bern);
    geo_city_input other = {};
    other.id = 43;
    other.name = SHM_STR("Bern");
    other.where = {40.18, -92.58};
    geo_builder_add_cities(&builder, &other);
    const shm_status status = geo_builder_publish(&builder, path);
    *error = builder.error;
    geo_builder_close(&builder);
    return status;
}

int main(int argc, char **argv)
{
    geo_dataset geo;
    shm_error error;
    if (argc != 2)
        return 2;
    if (build(argv[1], &error) != SHM_OK ||
        geo_open(&geo, argv[1], SHM_VERIFY_AUTO, &error) != SHM_OK) {
        std::fprintf(stderr, "cities: %s\n", error.text);
        return 1;
    }
    const geo_city *bern = geo_by_id_find(&geo, 42);
    std::printf("%s lies at %.2f, %.2f\n", geo_city_name(bern).data, bern->where.lat,
                bern->where.lon);
    for (geo_by_name_range range = geo_by_name_find(&geo, SHM_STR("Bern"));
         geo_by_name_next(&range, &bern);) {
        if (geo_city_has_population(bern))
            std::printf("%u: %llu people\n", bern->id,
                        static_cast<unsigned long long>(bern->population));
        else
            std::printf("%u: nobody counted\n", bern->id);
    }
    geo_close(&geo);
}
