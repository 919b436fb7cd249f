/* prefork IMAGE WORKERS — a prefork server in small: the parent opens the price list once, and
 * every worker reads it in place.  Nothing is copied, nothing is locked; the pages are shared. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prices.shm.h"

enum { ARTICLE_COUNT = 100000, REQUEST_COUNT = 20000 };

static int fail(const char *what, const shm_error *error)
{
    fprintf(stderr, "prefork: %s: %s\n", what, error->text);
    return 1;
}

static shm_status build(const char *path, shm_error *error)
{
    static const char *const sellers[] = {"Ann", "Ben", "Cleo"};
    prices_builder builder;
    prices_builder_open(&builder, NULL);
    for (uint64_t i = 0; i < ARTICLE_COUNT; i++) {
        char name[32];
        const shm_string seller = shm_string_of(sellers[i % 3], strlen(sellers[i % 3]));
        prices_price_input price = {.article = 1000 + 7 * i, .cents = (uint32_t)(i % 997)};
        const int length = snprintf(name, sizeof name, "article %llu", (unsigned long long)i);
        price.name = shm_string_of(name, (size_t)length);
        price.offers.items = &seller;
        price.offers.count = 1;
        prices_builder_add_prices(&builder, &price); /* a failure is kept until the end */
        prices_builder_add_stock(&builder, price.article, (uint32_t)(i % 5));
    }
    const shm_status status = prices_builder_publish(&builder, path);
    *error = builder.error;
    prices_builder_close(&builder);
    return status;
}

/* What a worker does with one request: finds and loads.  What the stock is takes one cache line. */
static uint64_t price_of(const prices_dataset *prices, uint64_t article)
{
    const prices_stock_entry *stock = prices_stock_find(prices, article);
    if (stock == NULL || prices_stock_value(stock) == 0)
        return 0;
    const prices_price *price = prices_by_article_find(prices, article);
    return price == NULL ? 0 : price->cents;
}

static void work(const prices_dataset *prices, int worker, int out)
{
    uint64_t total = 0;
    for (uint64_t i = 0; i < REQUEST_COUNT; i++)
        total += price_of(prices, 1000 + 7 * ((i * 31 + (uint64_t)worker) % ARTICLE_COUNT));
    if (write(out, &total, sizeof total) != sizeof total)
        _exit(1);
    _exit(0);
}

static int run_workers(const prices_dataset *prices, int worker_count)
{
    int ends[2];
    uint64_t total = 0;
    int failures = 0;
    if (pipe(ends) != 0)
        return 1;
    for (int worker = 0; worker < worker_count; worker++) {
        const pid_t child = fork();
        if (child == 0)
            work(prices, worker, ends[1]);
        failures += child < 0;
    }
    close(ends[1]);
    for (uint64_t part; read(ends[0], &part, sizeof part) == sizeof part;)
        total += part;
    for (int status; wait(&status) > 0;)
        failures += status != 0;
    printf("%d workers, %d requests each, %llu cents\n", worker_count, REQUEST_COUNT,
           (unsigned long long)total);
    return failures == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    prices_dataset prices;
    shm_error error;
    if (argc != 3)
        return 2;
    if (build(argv[1], &error) != SHM_OK)
        return fail("cannot build", &error);
    if (prices_open(&prices, argv[1], SHM_VERIFY_AUTO, &error) != SHM_OK)
        return fail("cannot open", &error);
    printf("Ann sells %llu articles\n",
           (unsigned long long)prices_by_offer_find(&prices, SHM_STR("Ann")).count);
    fflush(stdout);
    const int failed = run_workers(&prices, atoi(argv[2]));
    prices_close(&prices);
    return failed;
}
