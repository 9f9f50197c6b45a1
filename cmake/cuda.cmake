# The CUDA backend: a shared object of its own, which the library loads when something first asks for the device.
# GRADTAPE_CUDA=AUTO builds it where nvcc is found. One architecture's code runs on every later one, compiled once more
# at its first use; a release names them all (the preset cuda-release).
include(CheckLanguage)
if(NOT CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 75)
endif()
if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    # Debian's nvcc is in the path; NVIDIA's packages leave it here.
    find_program(GRADTAPE_NVCC nvcc HINTS /usr/local/cuda/bin)
    if(GRADTAPE_NVCC)
        set(CMAKE_CUDA_COMPILER ${GRADTAPE_NVCC})
    endif()
endif()
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
    if(GRADTAPE_CUDA STREQUAL ON)
        message(FATAL_ERROR "GRADTAPE_CUDA=ON, but nvcc was not found (Debian: nvidia-cuda-toolkit)")
    endif()
    return()
endif()
enable_language(CUDA)

file(GLOB cuda_sources CONFIGURE_DEPENDS cuda/*.cu)
add_library(gradtape_cuda SHARED ${cuda_sources})
set_target_properties(gradtape_cuda PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
    CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON CUDA_EXTENSIONS OFF CUDA_VISIBILITY_PRESET hidden
    CUDA_RUNTIME_LIBRARY Static)
target_include_directories(gradtape_cuda PRIVATE ${PROJECT_SOURCE_DIR})
# The core's functions are defined here too, as calls through its table: they must not be taken for the core's own.
target_link_options(gradtape_cuda PRIVATE -Wl,-Bsymbolic -Wl,-z,defs
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/backend.map)
set_target_properties(gradtape_cuda PROPERTIES LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/backend.map)
target_compile_options(gradtape_cuda PRIVATE -Xcompiler=-Wall,-Wextra,-Wshadow,-Wconversion
    $<$<BOOL:${GRADTAPE_WERROR}>:-Xcompiler=-Werror --Werror=all-warnings>)
target_link_libraries(gradtape_cuda PRIVATE ${CMAKE_DL_LIBS})
install(TARGETS gradtape_cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} NAMELINK_SKIP)
