// The compiled half of Boost.JSON, which Debian's headers bring along as source.
#include <boost/json/src.hpp>
