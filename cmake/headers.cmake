# Copies the public headers to <build>/include/gradtape and installs them under the same names.
set(public_headers
    core/error.h core/shape.h core/memory.h core/device.h core/isa.h core/threads.h core/random.h core/tensor.h core/tape.h
    core/capture.h core/op.h core/backend.h core/gradcheck.h core/profile.h
    ops/ops.h optim/optimizer.h optim/schedule.h
    models/layer.h models/callback.h models/model.h models/metric.h models/data.h models/archive.h models/saving.h models/version.h)

foreach(header ${public_headers})
    configure_file(${header} ${PROJECT_BINARY_DIR}/include/gradtape/${header} COPYONLY)
    get_filename_component(folder ${header} DIRECTORY)
    install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gradtape/${folder})
endforeach()
configure_file(models/gradtape.h ${PROJECT_BINARY_DIR}/include/gradtape/gradtape.h COPYONLY)
install(FILES models/gradtape.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gradtape)
