// What went wrong with PostgreSQL, as a problem. The one place where libpqxx's exceptions are read.
#pragma once

#include <exception>
#include <string>

#include "actors/model/problem.hpp"

namespace troupe::persistence {

// Whose fault: the row's own (the same row will fail again, others would not), or the database's (connection and all).
bool is_rows_fault(const std::exception& error);

// conflict or rejected for a row's fault, else unavailable. Without SQL or PostgreSQL's text.
model::problem problem_of(const std::exception& error);

// PostgreSQL's own words on one line, for logs and operators' commands.
std::string words_of(const std::exception& error);

model::problem unreachable();  // "the database is not reachable", to be asked again in 2 s

}  // namespace troupe::persistence
