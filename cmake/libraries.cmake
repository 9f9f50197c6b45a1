# Libraries that the build uses where they are found. GRADTAPE_<NAME>=AUTO|ON|OFF chooses; GT_HAVE_<NAME> is defined with
# it.
set(found_libraries "") # as a static link of the library names them

# gradtape_library(NAME HEADER LIBRARIES PACKAGE PURPOSE [TARGET target] [FOLDERS folder...])
# LIBRARIES are the names that it has on one system or another, the first found being taken; its header may be in one of
# the FOLDERS below those for headers. gradtape_libraries, what the library links with, gets it, or the target.
function(gradtape_library name header libraries package purpose)
    cmake_parse_arguments(PARSE_ARGV 5 given "" TARGET FOLDERS)
    set(target gradtape_libraries)
    if(given_TARGET)
        set(target ${given_TARGET})
    endif()
    set(GRADTAPE_${name} AUTO CACHE STRING "${purpose}: AUTO (where found), ON or OFF")
    set_property(CACHE GRADTAPE_${name} PROPERTY STRINGS AUTO ON OFF)
    if(GRADTAPE_${name} STREQUAL OFF)
        return()
    endif()
    find_path(${name}_HEADERS ${header} PATH_SUFFIXES ${given_FOLDERS})
    find_library(${name}_FILE NAMES ${libraries})
    mark_as_advanced(${name}_HEADERS ${name}_FILE)
    if(${name}_HEADERS AND ${name}_FILE)
        target_include_directories(${target} SYSTEM INTERFACE ${${name}_HEADERS})
        target_link_libraries(${target} INTERFACE ${${name}_FILE})
        target_compile_definitions(${target} INTERFACE GT_HAVE_${name})
        set(GT_HAVE_${name} TRUE PARENT_SCOPE)
        if(NOT given_TARGET)
            get_filename_component(library ${${name}_FILE} NAME_WE)
            string(REGEX REPLACE "^lib" "" library ${library})
            set(found_libraries "${found_libraries} -l${library}" PARENT_SCOPE)
        endif()
    elseif(GRADTAPE_${name} STREQUAL ON)
        list(GET libraries 0 library)
        message(FATAL_ERROR "GRADTAPE_${name}=ON, but lib${library} was not found (Debian: ${package})")
    endif()
endfunction()

add_library(gradtape_libraries INTERFACE)
gradtape_library(ZLIB zlib.h z zlib1g-dev "Read .gz data through zlib")
gradtape_library(JANSSON jansson.h jansson libjansson-dev "Models and safetensors files through jansson")
gradtape_library(LIBZIP zip.h zip libzip-dev "NPZ files through libzip")
gradtape_library(HDF5 hdf5.h "hdf5_serial;hdf5" libhdf5-dev "HDF5 files through libhdf5" FOLDERS hdf5/serial)

# What only the program uses.
add_library(gradtape_tool_libraries INTERFACE)
gradtape_library(CAIRO cairo.h cairo libcairo2-dev "The program's pictures through cairo"
    TARGET gradtape_tool_libraries FOLDERS cairo)
