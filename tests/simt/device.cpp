/* The device itself, and errors. */
#include <stdio.h>

#include "engine.h"

namespace
{

thread_local cudaError_t last_error = cudaSuccess; /* each thread of the host has its own */

} // namespace

cudaError_t simt_error(cudaError_t error)
{
    last_error = error;
    return error;
}

cudaError_t cudaGetLastError()
{
    const simt_guard guard(simt_lock);
    const cudaError_t error = last_error;
    last_error = cudaSuccess;
    return error;
}

cudaError_t cudaPeekAtLastError()
{
    const simt_guard guard(simt_lock);
    return last_error;
}

#define ERRORS(X)                                                                                                      \
    X(cudaSuccess, "no error")                                                                                         \
    X(cudaErrorInvalidValue, "invalid argument")                                                                       \
    X(cudaErrorMemoryAllocation, "out of memory")                                                                      \
    X(cudaErrorInvalidConfiguration, "invalid configuration argument")                                                 \
    X(cudaErrorInvalidMemcpyDirection, "invalid copy direction for memcpy")                                            \
    X(cudaErrorInsufficientDriver, "CUDA driver version is insufficient for CUDA runtime version")                     \
    X(cudaErrorNoDevice, "no CUDA-capable device is detected")                                                         \
    X(cudaErrorInvalidDevice, "invalid device ordinal")                                                                \
    X(cudaErrorInvalidResourceHandle, "invalid resource handle")                                                       \
    X(cudaErrorIllegalState, "the operation cannot be performed in the present state")                                 \
    X(cudaErrorNotReady, "device not ready")                                                                           \
    X(cudaErrorStreamCaptureUnsupported, "operation not permitted when stream is capturing")                           \
    X(cudaErrorStreamCaptureInvalidated, "operation failed due to a previous error during capture")                    \
    X(cudaErrorStreamCaptureIsolation, "dependency created on uncaptured work in another stream")                      \
    X(cudaErrorCapturedEvent, "operation not permitted on an event last recorded in a capturing stream")

const char *cudaGetErrorString(cudaError_t error)
{
    switch (error) {
#define TEXT(code, text)                                                                                               \
    case code:                                                                                                         \
        return text;
        ERRORS(TEXT)
    }
    return "unrecognized error code";
}

const char *cudaGetErrorName(cudaError_t error)
{
    switch (error) {
#define NAME(code, text)                                                                                               \
    case code:                                                                                                         \
        return #code;
        ERRORS(NAME)
    }
    return "unrecognized error code";
}

/* SIMT_DEVICES=0: none; =driver: no driver. The count stays as it was, as CUDA leaves it. */
cudaError_t cudaGetDeviceCount(int *count)
{
    const char *devices = simt_environment("SIMT_DEVICES");
    if (devices && strcmp(devices, "driver") == 0)
        return simt_error(cudaErrorInsufficientDriver);
    if (devices && strcmp(devices, "0") == 0)
        return simt_error(cudaErrorNoDevice);
    *count = 1;
    return cudaSuccess;
}

cudaError_t cudaGetDevice(int *device)
{
    *device = 0;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device)
{
    return device == 0 ? cudaSuccess : simt_error(cudaErrorInvalidDevice);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device)
{
    if (device != 0)
        return simt_error(cudaErrorInvalidDevice);
    *properties = cudaDeviceProp();
    snprintf(properties->name, sizeof properties->name, "host executor");
    size_t free_bytes;
    properties->major = 8;
    properties->multiProcessorCount = 1;
    return cudaMemGetInfo(&free_bytes, &properties->totalGlobalMem);
}

cudaError_t cudaDriverGetVersion(int *version)
{
    *version = CUDART_VERSION;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    *version = CUDART_VERSION;
    return cudaSuccess;
}
