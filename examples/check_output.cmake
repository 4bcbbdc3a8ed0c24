# cmake -D PROGRAM=... -D EXPECTED=... [-D SCRATCH=directory, removed first and given as argument] -P check_output.cmake
# Passes if the program ends with 0 and prints exactly the expected file.
if(SCRATCH)
  file(REMOVE_RECURSE ${SCRATCH})
endif()
execute_process(COMMAND ${PROGRAM} ${SCRATCH} OUTPUT_VARIABLE printed ERROR_VARIABLE complained RESULT_VARIABLE status)
file(READ ${EXPECTED} expected)
if(NOT status EQUAL 0 OR NOT printed STREQUAL expected)
  message(FATAL_ERROR "status ${status}\nprinted:\n${printed}\nexpected:\n${expected}\nstderr:\n${complained}")
endif()
