# Installs libraries, headers (cmake/headers.cmake), gradtape.pc, the digits and the licence.

install(TARGETS gradtape_static gradtape_shared
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

# A static link needs these as well; a shared one brings them along.
set(pc_private "-lm -ldl${found_libraries}")
if(GRADTAPE_THREADS)
    set(pc_private "${pc_private} -pthread")
endif()
# Relative, so that an installation can be moved, and `cmake --install --prefix` is enough.
file(RELATIVE_PATH pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/gradtape.pc.in gradtape.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/gradtape.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES models/digits/train-images-idx3-ubyte.gz models/digits/train-labels-idx1-ubyte.gz
    models/digits/t10k-images-idx3-ubyte.gz models/digits/t10k-labels-idx1-ubyte.gz models/digits/README.md
    DESTINATION ${CMAKE_INSTALL_DATADIR}/gradtape/digits)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
