# Compiles migrations/V*.sql in: writes ${CMAKE_CURRENT_BINARY_DIR}/known_migrations.cpp.
file(GLOB troupe_migration_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/V*.sql)
list(SORT troupe_migration_files COMPARE NATURAL)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${troupe_migration_files})
set(entries "")
set(last 0)
foreach(path ${troupe_migration_files})
  get_filename_component(name ${path} NAME_WE)
  if(NOT name MATCHES "^V0*([0-9]+)__[a-z0-9_]+$" OR NOT CMAKE_MATCH_1 GREATER last)
    message(FATAL_ERROR "${path}: expected V<number>__<name>.sql, the number above ${last}")
  endif()
  set(last ${CMAKE_MATCH_1})
  file(READ ${path} sql)
  file(SHA256 ${path} checksum)
  string(APPEND entries "    {${last}, \"${name}\", \"${checksum}\", R\"__sql__(${sql})__sql__\"},\n")
endforeach()
file(CONFIGURE OUTPUT known_migrations.cpp @ONLY CONTENT [[
#include "persistence/migrations.hpp"

namespace troupe::persistence {

std::span<const migration> known_migrations() {
  static constexpr migration all[] = {
@entries@  };
  return all;
}

}  // namespace troupe::persistence
]])
