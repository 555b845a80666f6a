package server

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
)

// This file is shared by calls about many rows of the catalog: lists that are cut out
// of memory, and rows that are set together.

// rows checks the number of rows against the bound of one call.
func (f *requestForm) rows(n int) { f.requireRange("items", int64(n), 1, catalog.MaxSet) }

// A page token is the name of its list and the key of the last row that was shown, with
// a line break between them: neither contains one.
const tokenBreak = "\n"

func pageToken(list, last string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(list + tokenBreak + last))
}

// pageForm reads which page of a list is wanted: how many rows, and after which
// row.
func pageForm(list string, size *int32, token string) (rows int, after string, err error) {
	var f requestForm
	rows, after = f.page(size), f.readPageToken(list, token)
	return rows, after, f.err()
}

// readPageToken reads the token of a page of the list: the key of the last row that was
// shown, "" for none.
func (f *requestForm) readPageToken(list, token string) string {
	if token == "" {
		return ""
	}
	plain, err := base64.RawURLEncoding.DecodeString(token)
	last, ours := strings.CutPrefix(string(plain), list+tokenBreak)
	if err != nil || !ours {
		f.refuse("page_token", "is malformed or belongs to another request")
	}
	return last
}

// numbered reads the token of a page of a list that is ordered by numbers.
func (f *requestForm) numbered(list, token string) (n int64) {
	last := f.readPageToken(list, token)
	if last == "" {
		return 0
	}
	n, err := strconv.ParseInt(last, 10, 64)
	if err != nil {
		f.refuse("page_token", "is malformed or belongs to another request")
	}
	return n
}

// each shows all rows.
func each[T, M any](all []T, show func(T) M) []M {
	out := make([]M, len(all))
	for i, row := range all {
		out[i] = show(row)
	}
	return out
}

// cutPage cuts a page out of all, which is sorted by key: the rows after the one with the
// key after. next is the token of the following page, nil on the last
// one.
func cutPage[T any](all []T, list, after string, size int, key func(T) string) (page []T, next *string) {
	from, found := slices.BinarySearchFunc(all, after, func(row T, after string) int { return strings.Compare(key(row), after) })
	if found {
		from++
	}
	page = all[from:]
	if len(page) > size {
		page = page[:size]
		next = new(pageToken(list, key(page[size-1])))
	}
	return page, next
}
