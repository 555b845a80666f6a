// Package cases keeps the decisions that people have to make because more was
// promised of a product at a location than there is. Examples are a count that found
// less than is held, and a sale that had happened elsewhere. The books are already
// right: the units owed are in the oversold account. A case says whose promise it is
// about and what is done.
//
// A case is a document of the catalog. A process that books an entry which opens a
// case stores the case at once. If a crash prevents that, a projection of the log
// opens the case, under the same id.
package cases
