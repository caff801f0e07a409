# Part of armillary, an open development kit for Azure Sphere. Apache-2.0.
#
# CMake toolchain file for high-level apps (Cortex-A7 of the MT3620). It stands where the vendor's toolchain file stands,
# so that an app's own CMakeLists.txt and CMakePresets.json need no change:
#
#   cmake -G Ninja -S . -B out -DCMAKE_TOOLCHAIN_FILE=SDK/CMakeFiles/AzureSphereToolchain.cmake
#   AzureSphereDefaultSDKDir=SDK cmake --preset ARM-Debug
#
# It needs the distribution's cross compiler (Debian: gcc-arm-linux-gnueabihf) and the armhf headers and start files of
# musl, called the sysroot here. Variables, each also read from the environment:
#   ARMILLARY_SYSROOT     folder of the sysroot: usr/include, usr/lib/Scrt1.o, crti.o, crtn.o
#   ARMILLARY_CC          the cross compiler, default arm-linux-gnueabihf-gcc
#   ARMILLARY             the armillary program that packs images, default from PATH
#   ARMILLARY_PREFIX_MAP  a path, such as /blink, that stands for the source folder in debug information and __FILE__, so that a build
#                         gives the same bytes in every folder; default off: debuggers find sources by their full path

if(_ARMILLARY_TOOLCHAIN)
    return()
endif()
set(_ARMILLARY_TOOLCHAIN ON)

get_filename_component(ARMILLARY_SDK_DIR "${CMAKE_CURRENT_LIST_DIR}/.." REALPATH)
include("${ARMILLARY_SDK_DIR}/CMakeFiles/sysroot.cmake" OPTIONAL) # written by `armillary sdk export`
foreach(_name ARMILLARY_SYSROOT ARMILLARY_CC ARMILLARY ARMILLARY_PREFIX_MAP)
    if(NOT DEFINED ${_name} AND DEFINED ENV{${_name}})
        set(${_name} "$ENV{${_name}}")
    endif()
endforeach()
if(NOT ARMILLARY_SYSROOT)
    set(ARMILLARY_SYSROOT "${ARMILLARY_DEFAULT_SYSROOT}")
endif()
if(NOT ARMILLARY_CC)
    set(ARMILLARY_CC arm-linux-gnueabihf-gcc)
endif()

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ARMILLARY_SYSROOT ARMILLARY_CC)

find_program(ARMILLARY_CC_PATH NAMES "${ARMILLARY_CC}" NO_CMAKE_FIND_ROOT_PATH)
if(NOT ARMILLARY_CC_PATH)
    message(FATAL_ERROR "The ARM cross compiler ${ARMILLARY_CC} was not found.\n"
        "Debian and Ubuntu: apt-get install gcc-arm-linux-gnueabihf. Another compiler: -DARMILLARY_CC=PATH.")
endif()
if(NOT EXISTS "${ARMILLARY_SYSROOT}/usr/lib/Scrt1.o")
    message(FATAL_ERROR "No armhf musl sysroot in \"${ARMILLARY_SYSROOT}\": usr/lib/Scrt1.o is missing.\n"
        "Make one with `armillary sysroot install DIR` and pass -DARMILLARY_SYSROOT=DIR.")
endif()
set(CMAKE_C_COMPILER "${ARMILLARY_CC_PATH}")
# The compiler follows links in the names of system headers; maps have to name the same folder.
get_filename_component(ARMILLARY_SYSROOT "${ARMILLARY_SYSROOT}" REALPATH)

execute_process(COMMAND "${ARMILLARY_CC_PATH}" -print-file-name=include OUTPUT_VARIABLE _gcc_include OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND "${ARMILLARY_CC_PATH}" -print-libgcc-file-name OUTPUT_VARIABLE _libgcc OUTPUT_STRIP_TRAILING_WHITESPACE)
get_filename_component(_gcc_lib "${_libgcc}" DIRECTORY)

# Names that the vendor's SDK gives to its own folders; CMakeLists.txt files use them for include paths.
set(AZURE_SPHERE_SDK_PATH "${ARMILLARY_SDK_DIR}")
set(AZURE_SPHERE_API_SET_DIR "${ARMILLARY_SDK_DIR}")

# Code generation as the vendor's SDK has it. Debug information is version 4, as there.
string(JOIN " " CMAKE_C_FLAGS_INIT
    -mthumb -mcpu=cortex-a7 -mfpu=neon-vfpv4 -mfloat-abi=hard -fPIC -ffunction-sections -fdata-sections
    -fno-strict-aliasing -fno-omit-frame-pointer -fno-exceptions -fstack-protector-strong -gdwarf-4
    -nostdinc "-isystem \"${ARMILLARY_SDK_DIR}/include\"" "-isystem \"${ARMILLARY_SYSROOT}/usr/include\""
    "-isystem \"${_gcc_include}\"")
if(ARMILLARY_PREFIX_MAP)
    foreach(_map "${CMAKE_BINARY_DIR}=${ARMILLARY_PREFIX_MAP}/out" "${CMAKE_SOURCE_DIR}=${ARMILLARY_PREFIX_MAP}"
                 "${ARMILLARY_SDK_DIR}=/sdk" "${ARMILLARY_SYSROOT}=/sysroot" "${_gcc_lib}=/gcc")
        string(APPEND CMAKE_C_FLAGS_INIT " \"-ffile-prefix-map=${_map}\"")
    endforeach()
endif()
set(CMAKE_C_FLAGS_DEBUG_INIT "-ggdb -O0")
set(CMAKE_C_FLAGS_RELEASE_INIT "-g -O2")

# A position independent program as on the device: musl's loader, and link stubs named as the device's libraries.
set(CMAKE_EXECUTABLE_SUFFIX .out)
set(CMAKE_EXECUTABLE_SUFFIX_C .out)
set(_lib "${ARMILLARY_SYSROOT}/usr/lib")
string(JOIN " " CMAKE_C_LINK_EXECUTABLE
    "<CMAKE_C_COMPILER> <FLAGS> <CMAKE_C_LINK_FLAGS> <LINK_FLAGS> -nostdlib -pie"
    "-Wl,-dynamic-linker,/lib/ld-musl-armhf.so.1 -Wl,-z,max-page-size=0x10000 -Wl,-z,relro -Wl,--hash-style=gnu"
    "-Wl,--build-id=sha1 -Wl,--gc-sections -Wl,--no-undefined -Wl,--no-as-needed -o <TARGET>"
    "\"${_lib}/Scrt1.o\" \"${_lib}/crti.o\" \"${_gcc_lib}/crtbeginS.o\" <OBJECTS>"
    "\"-L${ARMILLARY_SDK_DIR}/lib\" <LINK_LIBRARIES> -lapplibs -lc -lgcc_s -lgcc"
    "\"${_gcc_lib}/crtendS.o\" \"${_lib}/crtn.o\"")

set(CMAKE_FIND_ROOT_PATH "${ARMILLARY_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

include("${ARMILLARY_SDK_DIR}/CMakeFiles/AzureSphereFunctions.cmake")
