package kit

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// This file is shared by calls about many rows of the catalog: lists that are cut out
// of memory, and rows that are set together.

// Rows checks the number of rows against the bound of one call.
func (f *Form) Rows(n int) { f.RequireRange("items", int64(n), 1, catalog.MaxSet) }

// A page token is the name of its list and the key of the last row that was shown, with
// a line break between them: neither contains one.
const tokenBreak = "\n"

// PageToken names the page of a list after its row last.
func PageToken(list, last string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(list + tokenBreak + last))
}

// PageForm reads which page of a list is wanted: how many rows, and after which
// row.
func PageForm(list string, size *int32, token string) (rows int, after string, err error) {
	var f Form
	rows, after = f.Page(size), f.ReadPageToken(list, token)
	return rows, after, f.Err()
}

// ReadPageToken reads the token of a page of the list: the key of the last row that was
// shown, "" for none.
func (f *Form) ReadPageToken(list, token string) string {
	if token == "" {
		return ""
	}
	plain, err := base64.RawURLEncoding.DecodeString(token)
	last, ours := strings.CutPrefix(string(plain), list+tokenBreak)
	if err != nil || !ours {
		f.Refuse("page_token", "is malformed or belongs to another request")
	}
	return last
}

// Numbered reads the token of a page of a list that is ordered by numbers.
func (f *Form) Numbered(list, token string) (n int64) {
	last := f.ReadPageToken(list, token)
	if last == "" {
		return 0
	}
	n, err := strconv.ParseInt(last, 10, 64)
	if err != nil {
		f.Refuse("page_token", "is malformed or belongs to another request")
	}
	return n
}

// Each shows all rows.
func Each[T, M any](all []T, show func(T) M) []M {
	out := make([]M, len(all))
	for i, row := range all {
		out[i] = show(row)
	}
	return out
}

// CutPage cuts a page out of all, which is sorted by key: the rows after the one with the
// key after. next is the token of the following page, nil on the last
// one.
func CutPage[T any](all []T, list, after string, size int, key func(T) string) (page []T, next *string) {
	from, found := slices.BinarySearchFunc(all, after, func(row T, after string) int { return strings.Compare(key(row), after) })
	if found {
		from++
	}
	page = all[from:]
	if len(page) > size {
		page = page[:size]
		next = new(PageToken(list, key(page[size-1])))
	}
	return page, next
}

// CheckSought accepts a search text, or nothing.
func CheckSought(f *Form, field, text string) {
	if len(text) > maxQuery || IsBadText(text) {
		f.Refuse(field, "must be text of at most "+Itoa(maxQuery)+" bytes without control characters")
	}
}

// IDs requires a list of ids.
func (f *Form) IDs(field string, list []string, most, bytes int) {
	if len(list) > most {
		f.Refuse(field, "must have at most "+Itoa(most)+" elements")
		return
	}
	for i, id := range list {
		f.ID(field+"["+Itoa(i)+"]", id, bytes)
	}
}

const maxQuery = 256

// ListName names the list that a request asks for a page of. Requests that differ only in
// the page have the same name.
func ListName(kind string, r proto.Message) (string, error) {
	same := proto.Clone(r)
	m := same.ProtoReflect()
	for _, name := range []protoreflect.Name{"page_size", "page_token"} {
		m.Clear(m.Descriptor().Fields().ByName(name))
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(same)
	if err != nil {
		return "", fmt.Errorf("write a request down: %w", err)
	}
	digest := sha256.Sum256(text)
	return kind + "/" + hex.EncodeToString(digest[:8]), nil
}
