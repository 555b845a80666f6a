// Package search finds products by words, by their details and by where they are in
// stock. It keeps an index of each tenant that has details in the main database
// (catalog.SearchIndexes): which products have which term.
//
// The entry of a product is made from its details and from its current state in the
// books. It is made again each time that the log of a slot or of the catalog reports a
// change of one of the two. So any number of processes may do so at once, and again after
// a crash. A new index that is being built also gets each change until it replaces the
// old one.
package search
