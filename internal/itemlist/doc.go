// Package itemlist lists the items of a tenant by any filter and in any order, in time that
// does not depend on the filter or the order. It keeps some columns of all of them in memory:
// those that lists filter and sort by, the titles and the sellers. The caller reads the
// content of a page from the books.
//
// The memory of a tenant is built when somebody first asks for it. It follows the logs of all
// slots and of the catalog from a position before that. It is dropped when nobody has asked
// for a while. It is no cache of the books: no decision uses it.
package itemlist
