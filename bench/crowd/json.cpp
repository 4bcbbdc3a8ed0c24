// Boost.JSON compiled here once; the header-only package has no library to link with.
#include <boost/json/src.hpp>
