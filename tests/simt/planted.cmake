# Mistakes for the executor to find: copies of kernels, each changed in one place, in a backend of their own. Whoever
# changes a kernel so that the place is gone is told here.
#
# plant(OP FILE FROM TO): in the kernel of OP, the text FROM of cuda/FILE becomes TO. The OP of runtime.h's functions is
# the file that defines them.
set(planted_folder ${CMAKE_CURRENT_BINARY_DIR}/planted)
set(planted_sources)
set(planted_originals)
function(plant op file from to)
    set(original ${PROJECT_SOURCE_DIR}/cuda/${file})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${original} ${PROJECT_SOURCE_DIR}/cuda/${op}.cu)
    file(READ ${original} text)
    string(FIND "${text}" "${from}" place)
    if(place EQUAL -1)
        message(FATAL_ERROR "tests/simt/planted.cmake: cuda/${file} has no longer the text\n${from}")
    endif()
    string(REPLACE "${from}" "${to}" changed "${text}")
    set(kernel ${planted_folder}/${op}.cu)
    if(file STREQUAL "${op}.cu")
        file(CONFIGURE OUTPUT ${kernel} CONTENT "${changed}" @ONLY)
    else()
        # Included first, the changed header keeps the other one away by their common guard.
        set(header ${planted_folder}/${op}_${file})
        file(CONFIGURE OUTPUT ${header} CONTENT "${changed}" @ONLY)
        file(CONFIGURE OUTPUT ${kernel} CONTENT "#include \"${header}\"\n#include \"cuda/${op}.cu\"\n" @ONLY)
    endif()
    set(planted_sources ${planted_sources} ${kernel} PARENT_SCOPE)
    set(planted_originals ${planted_originals} ${PROJECT_SOURCE_DIR}/cuda/${op}.cu PARENT_SCOPE)
endfunction()

# Element by element: the tail behind the packs is one element short.
plant(relu elementwise.h
    "i < n; i += gt_threads())\n        y[i] = formula(x[i]);" "i < n - 1; i += gt_threads())\n        y[i] = formula(x[i]);")
# Optimizer steps: the last weight stays as it was.
plant(adam_update updates.h "i < n; i += gt_threads()" "i < n - 1; i += gt_threads()")
# Reductions: no barrier before the parts are summed.
plant(sum reduction.h "    __syncthreads();\n" "")
# Rows: no barrier before what was shared is overwritten.
plant(softmax rows.h "        __syncthreads();\n        if (threadIdx.x == 0)" "        if (threadIdx.x == 0)")
# Convolution: no barrier between the tiles' writing and reading.
plant(conv2d convolution.h "        __syncthreads();\n    }\n" "    }\n")
# Its filter's gradient: one row past the last.
plant(conv2d_filter_grad convolution.h "first_row + row + i < product.rows" "first_row + row + i <= product.rows")
# Pooling: windows are one row and one column too large.
plant(max_pool2d pool2d.h "end = begin + window;" "end = begin + window + 1;")
# batch_norm: no barrier before the shared coefficients are read.
plant(batch_norm batch_norm.h "    __syncthreads();\n" "")
# Layout: no barrier between a tile's reading and its writing.
plant(transpose transpose.cu "        __syncthreads();\n        for (int64_t i = threadIdx.y; i < TILE && first_row" "        for (int64_t i = threadIdx.y; i < TILE && first_row")
# Indices: the row behind the one asked for.
plant(gather gather.cu "x[row * width + column]" "x[(row + 1) * width + column]")
plant(scatter_add add_rows.h "    __syncthreads();\n    if (i >= n)" "    if (i >= n)")
# Extrema: no barrier before the warps' candidates are compared.
plant(max extremum.h "            __syncthreads();\n            for" "            for")
# Losses over classes: the last class is left out.
plant(softmax_cross_entropy softmax_cross_entropy.cu "i < begin + rows.length" "i < begin + rows.length - 1")
# Queues: one does not wait for another.
plant(queue queue.cu "status = gt_cuda_check(cudaStreamWaitEvent(queue->stream, earlier->mark, 0), \"waiting for an event\");" "status = GT_OK;")
