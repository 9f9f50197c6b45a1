/* Convolutions and matrix products by oneDNN 2.x: onednn conv|matmul REPEATS. Threads are as OMP_NUM_THREADS says.
 * Tensors have the layout that oneDNN chose, blocked by channels: bringing them there is not timed. */
#include <string.h>
#include <oneapi/dnnl/dnnl.h>

#include "timing.h"

static void need(dnnl_status_t status, const char *what)
{
    if (status == dnnl_success)
        return;
    fprintf(stderr, "%s failed: status %d\n", what, (int)status);
    exit(1);
}

/* ---- convolutions ------------------------------------------------------------------------------------------------ */

typedef struct convolution {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arguments[3];
} convolution;

static void run_convolution(void *context)
{
    const convolution *c = context;
    need(dnnl_primitive_execute(c->primitive, c->stream, 3, c->arguments), "a convolution");
    need(dnnl_stream_wait(c->stream), "a convolution");
}

static dnnl_memory_desc_t any_layout(const dnnl_dims_t dims)
{
    dnnl_memory_desc_t description;
    need(dnnl_memory_desc_init_by_tag(&description, 4, dims, dnnl_f32, dnnl_format_tag_any), "a description");
    return description;
}

/* Memory in the layout that the primitive wants for this argument. */
static dnnl_exec_arg_t argument(const convolution *c, const_dnnl_primitive_desc_t chosen, dnnl_query_t which, int name)
{
    dnnl_exec_arg_t made = {.arg = name};
    const dnnl_memory_desc_t *layout = dnnl_primitive_desc_query_md(chosen, which, 0);
    need(dnnl_memory_create(&made.memory, layout, c->engine, DNNL_MEMORY_ALLOCATE), "memory");
    size_t bytes = dnnl_memory_desc_get_size(layout);
    float *values = numbers(bytes / sizeof *values);
    void *data;
    need(dnnl_memory_get_data_handle(made.memory, &data), "memory");
    memcpy(data, values, bytes);
    free(values);
    return made;
}

typedef enum direction { FORWARD, INPUT_GRADIENT, FILTER_GRADIENT } direction;

static dnnl_primitive_desc_t choose(const convolution *c, direction which, int size, int in, int out)
{
    const dnnl_dims_t x = {100, in, size, size}, filter = {out, in, 3, 3}, y = {100, out, size - 2, size - 2};
    const dnnl_dims_t ones = {1, 1}, zeros = {0, 0};
    dnnl_memory_desc_t x_md = any_layout(x), filter_md = any_layout(filter), y_md = any_layout(y);
    dnnl_convolution_desc_t forward, backward;
    dnnl_primitive_desc_t hint, chosen;
    need(dnnl_convolution_forward_desc_init(&forward, dnnl_forward_training, dnnl_convolution_direct, &x_md, &filter_md,
                                            NULL, &y_md, ones, zeros, zeros),
         "forward");
    need(dnnl_primitive_desc_create(&hint, &forward, NULL, c->engine, NULL), "forward");
    if (which == FORWARD)
        return hint;
    if (which == INPUT_GRADIENT)
        need(dnnl_convolution_backward_data_desc_init(&backward, dnnl_convolution_direct, &x_md, &filter_md, &y_md,
                                                      ones, zeros, zeros),
             "input gradient");
    else
        need(dnnl_convolution_backward_weights_desc_init(&backward, dnnl_convolution_direct, &x_md, &filter_md, NULL,
                                                         &y_md, ones, zeros, zeros),
             "filter gradient");
    need(dnnl_primitive_desc_create(&chosen, &backward, NULL, c->engine, hint), "a gradient");
    dnnl_primitive_desc_destroy(hint);
    return chosen;
}

static void set_arguments(convolution *c, dnnl_primitive_desc_t chosen, direction which)
{
    c->arguments[0] = which == INPUT_GRADIENT ? argument(c, chosen, dnnl_query_diff_src_md, DNNL_ARG_DIFF_SRC)
                                              : argument(c, chosen, dnnl_query_src_md, DNNL_ARG_SRC);
    c->arguments[1] = which == FILTER_GRADIENT ? argument(c, chosen, dnnl_query_diff_weights_md, DNNL_ARG_DIFF_WEIGHTS)
                                               : argument(c, chosen, dnnl_query_weights_md, DNNL_ARG_WEIGHTS);
    c->arguments[2] = which == FORWARD ? argument(c, chosen, dnnl_query_dst_md, DNNL_ARG_DST)
                                       : argument(c, chosen, dnnl_query_diff_dst_md, DNNL_ARG_DIFF_DST);
}

static void time_layer(convolution *c, int size, int in, int out, int repeats)
{
    static const char *const names[] = {"forward", "input gradient", "filter gradient"};
    for (direction which = FORWARD; which <= FILTER_GRADIENT; which++) {
        char name[64];
        snprintf(name, sizeof name, "%d->%d %s", in, out, names[which]);
        dnnl_primitive_desc_t chosen = choose(c, which, size, in, out);
        need(dnnl_primitive_create(&c->primitive, chosen), name);
        set_arguments(c, chosen, which);
        print_row(name, run_convolution, c, repeats);
        for (int i = 0; i < 3; i++)
            dnnl_memory_destroy(c->arguments[i].memory);
        dnnl_primitive_destroy(c->primitive);
        dnnl_primitive_desc_destroy(chosen);
    }
}

static void time_convolutions(int repeats)
{
    convolution c;
    need(dnnl_engine_create(&c.engine, dnnl_cpu, 0), "the engine");
    need(dnnl_stream_create(&c.stream, c.engine, dnnl_stream_default_flags), "the stream");
    time_layer(&c, 26, 32, 32, repeats);
    time_layer(&c, 28, 1, 32, repeats);
    dnnl_stream_destroy(c.stream);
    dnnl_engine_destroy(c.engine);
}

/* ---- matrix products --------------------------------------------------------------------------------------------- */

static void multiply(void *context)
{
    const operands *o = context;
    const product *p = &o->p;
    need(dnnl_sgemm(p->transpose_a ? 'T' : 'N', p->transpose_b ? 'T' : 'N', p->m, p->n, p->k, 1, o->a,
                    p->transpose_a ? p->m : p->k, o->b, p->transpose_b ? p->k : p->n, 0, o->c, p->n),
         "a product");
}

static const char *instruction_set(void)
{
    dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    return isa & 0x20 ? "AVX-512" : isa >= dnnl_cpu_isa_avx2 ? "AVX2" : "below AVX2"; /* 0x20: avx512_core and above */
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const dnnl_version_t *version = dnnl_version();
    printf("version\t%d.%d.%d, %s\n", version->major, version->minor, version->patch, instruction_set());
    if (strcmp(argv[1], "conv") == 0)
        time_convolutions(number(argv[2], MOST_REPEATS));
    else
        print_products(multiply, number(argv[2], MOST_REPEATS));
    return 0;
}
