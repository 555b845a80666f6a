// Package erase takes out of the log of a slot what must go: the free
// text of entries, or all of a tenant. Hashes stay as they are, so the chain holds
// afterwards. It changes the log alone; rows and catalog are their rooms'.
package erase
