/* Convolution as a matrix product whose factors are gathered while tiles of them move to shared memory: an implicit
 * GEMM, for conv2d and both gradients.
 *
 *                    rows                    columns   summed over
 *     y              pixels (n, i, j)        o         taps (u, v, c) of x and of the filter
 *     dx             pixels (n, h, w)        c         taps (u, v, o) of dy and of the filter
 *     dfilter        taps (u, v, c)          o         pixels (n, i, j) of x and of dy
 *
 * The other way, patches of x as a matrix in memory and a product by cuBLAS, writes and reads f_h f_w times the size of
 * x. For the second layer of `gradtape bench cnn`, 64 images of 26 x 26 with 32 channels and 32 filters of 3 x 3, that
 * is 42 MB written and read, 25 us at an H100's 3.35 TB/s; x, filter and y are 10 MB, 3 us, and the 0.68 G operations
 * take 10 us at its 67 TFLOP/s (float32 outside the tensor cores). Gathered, a convolution needs no workspace for
 * patches, and ends with bias and activation while y is in registers. It moves 8 bytes an output where as many channels
 * come out as go in, for 2 f_h f_w c operations: from f_h f_w c = 80 on it is bound by arithmetic.
 *
 * A block of 256 threads makes a tile of 64 x 64 or 128 x 32 outputs, 4 x 4 in the registers of each thread. 64 bytes
 * of the summed axis at a time lie in shared memory, twice: the next tiles are read while the present ones are
 * multiplied. For each 4 x 4 products a thread reads 8 numbers from there. */
#ifndef GT_CUDA_CONVOLUTION_H
#define GT_CUDA_CONVOLUTION_H

#include "cuda/channels.h"

/* ---- counting along three axes ----------------------------------------------------------------------------------- */

struct gt_digits {
    int high, middle, low;
};

/* Turns an index into three, and counts on without a division. */
struct gt_counter {
    int middle, low; /* lengths, at least 1 */

    __device__ __forceinline__ gt_digits at(int64_t index) const
    {
        int64_t in_middle, in_low;
        const int64_t high = gt_divide(gt_divide(index, low, &in_low), middle, &in_middle);
        return {(int)high, (int)in_middle, (int)in_low};
    }

    __device__ __forceinline__ void count_on(gt_digits *digits, const gt_digits &by) const
    {
        const bool carry = digits->low >= low - by.low;
        digits->low += carry ? by.low - low : by.low;
        const int to_middle = by.middle + carry;
        const bool carry_middle = digits->middle >= middle - to_middle;
        digits->middle += carry_middle ? to_middle - middle : to_middle;
        digits->high += by.high + carry_middle;
    }
};

/* ---- what is multiplied -------------------------------------------------------------------------------------------
 * A factor is a matrix of an axis that is kept, the product's rows or columns, and the one that is summed over. It has
 *     pack        what one access moves; neighbours along the summed axis if `along_sum`, else along the kept one
 *     kept        what is known of an index of the kept axis, summed: of one of the summed axis
 *     at(place, position): where the entry, with its neighbours, lies; NULL for zeros
 */

/* A matrix as it lies in memory: (summed, kept). */
template <typename real, typename packs> struct gt_plain_factor {
    typedef packs pack;
    typedef int64_t kept, summed;
    enum { along_sum = 0 };
    const real *values;
    int64_t row;

    __device__ __forceinline__ int64_t kept_at(int64_t index) const
    {
        return index;
    }
    __device__ __forceinline__ int64_t summed_at(int64_t index) const
    {
        return index;
    }
    __device__ __forceinline__ void count_on(int64_t *position, int64_t by) const
    {
        *position += by;
    }
    __device__ __forceinline__ const real *at(int64_t place, int64_t position) const
    {
        return values + position * row + place;
    }
};

/* A window's first entry, or how far a tap is from there, as rows and columns of an image; and in memory, those aside.
 */
struct gt_spot {
    int64_t offset;
    int row, column;
};

/* Images as windows see them: a matrix of pixels, one for each window, and taps. Rows and columns lie `spread` apart,
 * with zeros between and around them: so the input's gradient sees dy. */
struct gt_windows {
    int height, width, channels; /* of the images */
    gt_counter pixels, taps;     /* (image, row, column) of the windows; (row, column, channel) of the filter */
    int stride[2], dilation[2], before[2], spread[2];

    __device__ __forceinline__ gt_spot pixel(const gt_digits &at) const
    {
        const int64_t image = (int64_t)height * width * channels;
        return {at.high * image, at.middle * stride[0] - before[0], at.low * stride[1] - before[1]};
    }
    __device__ __forceinline__ gt_spot tap(const gt_digits &at) const
    {
        return {at.low, at.high * dilation[0], at.middle * dilation[1]};
    }

    /* -1 outside the images. */
    __device__ __forceinline__ int64_t offset(const gt_spot &pixel, const gt_spot &tap) const
    {
        int row = pixel.row + tap.row, column = pixel.column + tap.column;
        if (spread[0] > 1 || spread[1] > 1) {
            if (row % spread[0] != 0 || column % spread[1] != 0)
                return -1;
            row /= spread[0];
            column /= spread[1];
        }
        if (row < 0 || row >= height || column < 0 || column >= width)
            return -1;
        return pixel.offset + tap.offset + ((int64_t)row * width + column) * channels;
    }
};

/* Kept: pixels; summed: taps. */
template <typename real, typename packs> struct gt_pixel_factor {
    typedef packs pack;
    typedef gt_spot kept;
    typedef gt_digits summed;
    enum { along_sum = 1 };
    const real *values;
    gt_windows windows;

    __device__ __forceinline__ gt_spot kept_at(int64_t index) const
    {
        return windows.pixel(windows.pixels.at(index));
    }
    __device__ __forceinline__ gt_digits summed_at(int64_t index) const
    {
        return windows.taps.at(index);
    }
    __device__ __forceinline__ void count_on(gt_digits *position, const gt_digits &by) const
    {
        windows.taps.count_on(position, by);
    }
    __device__ __forceinline__ const real *at(const gt_spot &place, const gt_digits &position) const
    {
        const int64_t offset = windows.offset(place, windows.tap(position));
        return offset < 0 ? NULL : values + offset;
    }
};

/* ---- tiles --------------------------------------------------------------------------------------------------------
 */

enum { GT_TILE_SIDE = 4 /* of a thread's outputs */ };

/* Of both factors, twice; padded, so that a column of them does not lie in few banks. */
template <typename real, int columns_of_tile> struct gt_tiles {
    enum {
        columns = columns_of_tile,
        rows = GT_THREADS * GT_TILE_SIDE * GT_TILE_SIDE / columns,
        depth = 64 / sizeof(real),
        padding = 16 / sizeof(real)
    };
    alignas(16) real a[2][depth][rows + padding];
    alignas(16) real b[2][depth][columns + padding];
};

/* A thread's share of one factor's tiles, `kept` by `depth`. */
template <typename real, typename factor, int kept, int depth> struct gt_fetcher {
    typedef typename factor::pack pack;
    enum {
        along_sum = factor::along_sum,
        size = pack::size,
        side_by_side = (along_sum ? depth : kept) / size, /* threads whose packs are neighbours */
        apart = GT_THREADS / side_by_side,                /* from a thread's pack to its next, on the other axis */
        end = along_sum ? kept : depth,
        packs = (end + apart - 1) / apart,
        places = along_sum ? packs : 1,
        step = along_sum || apart > depth ? depth : apart /* of a position */
    };
    int along, across; /* where in the tile the first pack lies: on the axis of its entries, on the other */
    typename factor::kept place[places];
    typename factor::summed position, by;
    int64_t sum_index;
    pack held[packs];

    /* Indices past the kept axis read its last entries again, for outputs that are not stored. */
    __device__ __forceinline__ gt_fetcher(const factor &from, int64_t first, int64_t count, int64_t sum_begin)
    {
        along = (int)threadIdx.x % side_by_side * size;
        across = (int)threadIdx.x / side_by_side;
        for (int i = 0; i < places; i++) {
            const int64_t index = first + (along_sum ? across + i * apart : along);
            const int64_t last = count - (along_sum ? 1 : size);
            place[i] = from.kept_at(index < last ? index : last);
        }
        sum_index = sum_begin + (along_sum ? along : across);
        position = from.summed_at(sum_index);
        by = from.summed_at(step);
    }

    /* Reads the next tile's packs. */
    __device__ __forceinline__ void read(const factor &from, int64_t sum_end)
    {
        for (int i = 0; i < packs; i++) {
            const real *values = NULL;
            if (across + i * apart < end && sum_index < sum_end)
                values = from.at(place[along_sum ? i : 0], position);
            held[i] = values ? gt_load<pack>(values) : pack();
            if (!along_sum || i == packs - 1) {
                from.count_on(&position, by);
                sum_index += step;
            }
        }
    }

    /* Puts them in the tile. */
    template <int row> __device__ __forceinline__ void write(real (&tile)[depth][row]) const
    {
        for (int i = 0; i < packs; i++) {
            const int other = across + i * apart;
            if (other >= end)
                break;
            if (!along_sum)
                gt_store(&tile[other][along], held[i]);
            for (int k = 0; along_sum && k < size; k++)
                tile[along + k][other] = held[i].value[k];
        }
    }
};

template <typename real> static __device__ __forceinline__ void gt_read_side(const real *from, real to[GT_TILE_SIDE])
{
    enum { size = gt_pack<real>::size };
    for (int i = 0; i < GT_TILE_SIDE; i += size) {
        const gt_pack<real> part = gt_load<gt_pack<real>>(from + i);
        for (int k = 0; k < size; k++)
            to[i + k] = part.value[k];
    }
}

/* sum += a tile of A times one of B, a thread's 4 x 4 outputs. */
template <typename real, int depth, int a_row, int b_row>
static __device__ __forceinline__ void gt_multiply_tiles(const real (&a)[depth][a_row], const real (&b)[depth][b_row],
                                                         int row, int column, real sum[GT_TILE_SIDE][GT_TILE_SIDE])
{
    for (int k = 0; k < depth; k++) {
        real left[GT_TILE_SIDE], right[GT_TILE_SIDE];
        gt_read_side(&a[k][row], left);
        gt_read_side(&b[k][column], right);
        for (int i = 0; i < GT_TILE_SIDE; i++)
            for (int j = 0; j < GT_TILE_SIDE; j++)
                sum[i][j] += left[i] * right[j];
    }
}

/* ---- the product --------------------------------------------------------------------------------------------------
 */

/* y (chunks, rows, columns) = A B [+ bias] [, max(y, 0)]; a chunk sums over `chunk` entries of the summed axis. */
template <typename real> struct gt_gathered_product {
    int64_t rows, columns, depth, chunk;
    real *y;
    const real *bias; /* (columns) or NULL */
    bool relu;
    bool packed; /* y can be written in packs */

    __device__ __forceinline__ void finish(int64_t row, int64_t column, const real sum[GT_TILE_SIDE]) const
    {
        enum { size = gt_pack<real>::size };
        real value[GT_TILE_SIDE];
        for (int j = 0; j < GT_TILE_SIDE; j++) {
            value[j] = sum[j] + (bias && column + j < columns ? bias[column + j] : 0);
            value[j] = relu ? gt_relu_formula()(value[j]) : value[j];
        }
        real *to = y + ((int64_t)blockIdx.y * rows + row) * columns + column;
        for (int j = 0; packed && j < GT_TILE_SIDE; j += size)
            if (column + j < columns) {
                gt_pack<real> part;
                for (int k = 0; k < size; k++)
                    part.value[k] = value[j + k];
                gt_store(to + j, part);
            }
        for (int j = 0; !packed && j < GT_TILE_SIDE; j++)
            if (column + j < columns)
                to[j] = value[j];
    }
};

template <typename real, int columns_of_tile, typename factor_a, typename factor_b>
static __global__ void __launch_bounds__(GT_THREADS)
    gt_multiply_gathered(factor_a a, factor_b b, gt_gathered_product<real> product)
{
    typedef gt_tiles<real, columns_of_tile> tiles;
    enum { depth = tiles::depth };
    __shared__ tiles shared;
    const int64_t across = (product.columns + tiles::columns - 1) / tiles::columns;
    int64_t tile, first_row = gt_divide(blockIdx.x, across, &tile) * tiles::rows, first_column = tile * tiles::columns;
    const int64_t begin = blockIdx.y * product.chunk, most = begin + product.chunk;
    const int64_t end = most < product.depth ? most : product.depth;
    gt_fetcher<real, factor_a, tiles::rows, depth> of_a(a, first_row, product.rows, begin);
    gt_fetcher<real, factor_b, tiles::columns, depth> of_b(b, first_column, product.columns, begin);
    const int row = (int)threadIdx.x / (tiles::columns / GT_TILE_SIDE) * GT_TILE_SIDE;
    const int column = (int)threadIdx.x % (tiles::columns / GT_TILE_SIDE) * GT_TILE_SIDE;
    real sum[GT_TILE_SIDE][GT_TILE_SIDE] = {};

    of_a.read(a, end);
    of_b.read(b, end);
    of_a.write(shared.a[0]);
    of_b.write(shared.b[0]);
    __syncthreads();
    int now = 0;
    for (int64_t k = begin; k < end; k += depth) {
        const bool more = k + depth < end;
        if (more) {
            of_a.read(a, end);
            of_b.read(b, end);
        }
        gt_multiply_tiles(shared.a[now], shared.b[now], row, column, sum);
        now ^= 1;
        if (more) {
            of_a.write(shared.a[now]);
            of_b.write(shared.b[now]);
        }
        __syncthreads();
    }
    for (int i = 0; i < GT_TILE_SIDE; i++)
        if (first_row + row + i < product.rows)
            product.finish(first_row + row + i, first_column + column, sum[i]);
}

static inline int64_t gt_tiles_of(int64_t entries, int64_t side)
{
    return (entries + side - 1) / side;
}

/* Whether tiles of 32 columns leave fewer of them empty than tiles of 64. */
static inline bool gt_tiles_are_narrow(int64_t columns)
{
    return gt_tiles_of(columns, 32) % 2 == 1;
}

/* How many tiles a chunk of the product has. */
static inline int64_t gt_product_tiles(int64_t rows, int64_t columns)
{
    return gt_tiles_are_narrow(columns) ? gt_tiles_of(rows, 128) * gt_tiles_of(columns, 32)
                                        : gt_tiles_of(rows, 64) * gt_tiles_of(columns, 64);
}

/* Rows and columns are not empty; without anything to sum over, the sums are 0. */
template <typename real, typename factor_a, typename factor_b>
static gt_status gt_run_product(const gt_call *call, const factor_a &a, const factor_b &b,
                                gt_gathered_product<real> product)
{
    product.packed = product.columns % gt_pack<real>::size == 0 && gt_is_packable(product.y);
    const int64_t chunks = product.depth > 0 ? gt_tiles_of(product.depth, product.chunk) : 1;
    const dim3 grid((unsigned)gt_product_tiles(product.rows, product.columns), (unsigned)chunks);
    if (gt_tiles_are_narrow(product.columns)) {
        GT_LAUNCH((gt_multiply_gathered<real, 32, factor_a, factor_b>), grid, GT_THREADS, 0, gt_cuda_stream(call), a, b,
                  product);
    } else {
        GT_LAUNCH((gt_multiply_gathered<real, 64, factor_a, factor_b>), grid, GT_THREADS, 0, gt_cuda_stream(call), a, b,
                  product);
    }
    return gt_cuda_launched(call);
}

/* ---- convolutions in numbers ---------------------------------------------------------------------------------------
 */

struct gt_convolution {
    int64_t images, height, width, in; /* x */
    int64_t f_h, f_w, out;             /* the filter: (f_h, f_w, in, out) */
    int64_t y_h, y_w;                  /* y: (images, y_h, y_w, out) */
};

/* Rows, columns and channels are counted in int: GT_ERR_SHAPE past that. `y` is conv2d's output, or its cotangent. */
static inline gt_status gt_plan_convolution(const gt_call *call, const gt_operand *y, gt_convolution *plan)
{
    const gt_conv2d_attributes &a = gt_attributes<gt_conv2d_attributes>(call);
    const int64_t *x = a.input.dim, *filter = a.filter.dim, *of_y = y->spec->shape.dim;
    *plan = {x[0], x[1], x[2], x[3], filter[0], filter[1], filter[3], of_y[1], of_y[2]};
    int64_t largest = x[0] > x[3] ? x[0] : x[3];
    largest = largest > filter[3] ? largest : filter[3];
    for (int axis = 0; axis < 2; axis++) {
        const int64_t padded = x[1 + axis] + a.before[axis] + a.after[axis];
        largest = largest > padded ? largest : padded;
    }
    if (largest <= INT32_MAX)
        return GT_OK;
    return gt_fail(GT_ERR_SHAPE, "%s: %lld images, rows, columns or channels are more than CUDA's kernel can count",
                   call->op->name, (long long)largest);
}

static inline gt_counter gt_count(int64_t middle, int64_t low)
{
    return {(int)middle, (int)(low > 0 ? low : 1)};
}

/* x, as the windows of y see it. */
static inline gt_windows gt_windows_on_x(const gt_call *call, const gt_convolution &plan)
{
    const gt_conv2d_attributes &a = gt_attributes<gt_conv2d_attributes>(call);
    gt_windows x = {(int)plan.height, (int)plan.width, (int)plan.in, {}, {}, {}, {}, {}, {1, 1}};
    x.pixels = gt_count(plan.y_h, plan.y_w);
    x.taps = gt_count(plan.f_w, plan.in);
    for (int axis = 0; axis < 2; axis++) {
        x.stride[axis] = (int)a.stride[axis];
        x.dilation[axis] = (int)a.dilation[axis];
        x.before[axis] = (int)a.before[axis];
    }
    return x;
}

/* The forward ops: defined in conv2d.cu alone, because its kernels take long to compile. With three inputs, the third
 * is the bias. */
gt_status gt_run_conv2d(const gt_call *call, bool relu);

#endif
