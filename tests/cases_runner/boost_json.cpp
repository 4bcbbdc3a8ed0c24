// Boost.JSON compiled once for this program: the tests need it, the library does not.
#include <boost/json/src.hpp>
