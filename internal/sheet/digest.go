package sheet

import (
	"crypto/md5" //nolint:gosec // other systems computed theirs so; nothing is kept secret by it
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Digests is how another system computed the keys of its lots. A file then has them in
// the column digest. "" means: the file has none.
//
// A digest covers the cells of the columns lot.NAME and digest.NAME, in the order of the
// file. A column digest.NAME belongs to the digest and not to the lot. A 0 of an attribute
// counts as an empty cell: the other system cannot distinguish them.
type Digests string

// The ways. Logical joins eleven fields with a separator and hashes the text as Java hashes a
// string, into 32 bits: fields 7 to 10 are 0 when they are blank, and the last one, which is
// digest.yn wherever that stands, is 1 when it is missing.
//
// Batch joins digest.warehouse, digest.goods, digest.level and digest.type by _, and appends
// without any separator the attributes (0 for a missing one, a time as milliseconds since
// 1970), a 0 for each attribute that is missing to 50, and digest.yn. It takes the MD5.
const (
	DigestsLogical Digests = "logical"
	DigestsBatch   Digests = "batch"
)

// AllDigests are the ways.
var AllDigests = []Digests{DigestsLogical, DigestsBatch}

const (
	logicalFields = 11
	factorsFrom   = 6 // the first of the four fields that may be missing
	batchFields   = 50
	endField      = "yn"

	// DefaultSeparator is the separator between the fields of a logical digest when the sender
	// names none, and between those of the head of one of a batch.
	DefaultSeparator = "_"
	// MaxSeparator bounds the bytes of a separator.
	MaxSeparator = 8
)

// headFields begin the text of a batch, in this order.
var headFields = []string{"warehouse", "goods", "level", "type"}

// digestRule is how the digests of a file were computed.
type digestRule struct {
	digests   Digests
	separator string
}

// digestWords begin the heading of a field that belongs to the digest only.
var digestWords = []string{"digest.", "摘要."}

// digestFields are the fields of a row's digest, in the file's order. Those that belong to the lot are attributes.
type digestFields struct {
	head  [4]string // of a batch
	field []string
	end   string
}

// sum is the digest of the fields.
func (d digestRule) sum(f digestFields) string {
	if f.end == "" {
		f.end = "1"
	}
	if d.digests == DigestsLogical {
		return strconv.Itoa(int(javaHash(strings.Join(append(slices.Clone(f.field), f.end), d.separator))))
	}
	text := strings.Join(f.head[:], DefaultSeparator) + strings.Join(f.field, "") + strings.Repeat("0", batchFields-len(f.field)) + f.end
	sum := md5.Sum([]byte(text)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// javaHash is String.hashCode of Java, over the units of UTF-16.
func javaHash(s string) (h int32) {
	for _, unit := range utf16.Encode([]rune(s)) {
		h = 31*h + int32(unit)
	}
	return h
}

// isTime reports that the fields of a name are times.
func isTime(name string) bool {
	return strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "_date") || strings.HasSuffix(name, "_on")
}

// attribute converts a cell of a batch, of a kind, for its digest, or returns why it cannot.
func attribute(name, cell string, is kind) (text, why string) {
	at, err := time.Parse(time.RFC3339, cell)
	if err != nil && (isTime(name) || is == date) {
		at, err = time.Parse(time.DateOnly, cell)
	}
	switch {
	case cell == "":
		return "0", ""
	case err == nil:
		return strconv.FormatInt(at.UnixMilli(), 10), ""
	case isTime(name) || is == date:
		return "", "must be a date (2026-12-01) or a time as in RFC 3339"
	}
	return cell, faultOfText(cell, maxReason)
}

// checkDigests requires the columns that the digests need. Without digests it refuses such
// columns.
func (d digestRule) checkDigests(kind Kind, h *header, line int) error {
	at := h.cell(lotDigest)
	switch {
	case d.digests == "" && (at >= 0 || len(h.fields) > len(h.lots)):
		return broken(line, digestWord(h), "the file has digests: say how they were computed, --digests logical or batch (digests=)")
	case d.digests == "":
		return nil
	case kind != KindLots:
		return broken(line, "", "only lots have digests, not %s", kind)
	case at < 0:
		return broken(line, h.word(lotDigest), "the column %s is missing, which has the digests", h.word(lotDigest))
	}
	attributes := len(h.fields)
	for _, name := range append(slices.Clone(headFields), endField) {
		switch found := h.ownField(name) >= 0; {
		case found && (d.digests == DigestsBatch || name == endField):
			attributes--
		case d.digests == DigestsBatch && name != endField:
			return broken(line, digestWords[0]+name, "the column %s%s is missing, which the digest of a batch begins with", digestWords[0], name)
		}
	}
	switch {
	case d.digests == DigestsLogical && attributes != logicalFields-1 && (attributes != logicalFields || h.ownField(endField) >= 0):
		return broken(line, "", "the key of a logical warehouse has %d fields, the file has %d columns %sNAME and %sNAME", logicalFields, len(h.fields), lotWords[0], digestWords[0])
	case d.digests == DigestsBatch && attributes >= batchFields:
		return broken(line, "", "the digest of a batch has at most %d attributes, the file has %d", batchFields-1, attributes)
	}
	return nil
}

// digestWord is the file's first heading about digests.
func digestWord(h *header) string {
	if at := h.cell(lotDigest); at >= 0 {
		return h.words[at]
	}
	for _, word := range h.words {
		for _, before := range digestWords {
			if strings.HasPrefix(normaliseHeading(word), before) {
				return word
			}
		}
	}
	return ""
}

// readDigest compares the row's digest with that of its fields, and keeps the fields.
func (c rowReader) readDigest(d digestRule) {
	r := c.rec
	if d.digests == "" {
		return
	}
	fields := c.digestFields(d)
	given := strings.TrimSuffix(c.word(lotDigest), ".0") // of a workbook
	is := d.sum(fields)
	switch {
	case r.flaw != nil:
	case given == "":
		c.flaw(lotDigest, "is missing")
	case !strings.EqualFold(given, is):
		c.flaw(lotDigest, fmt.Sprintf("is %q, and that of the row's %d fields is %q", clip(given), len(c.header.fields), is))
	default:
		r.digest, r.fields = is, append(append(fields.head[:], fields.end), fields.field...)
	}
}

// digestFields reads the fields of the row's digest.
func (c rowReader) digestFields(d digestRule) (f digestFields) {
	for _, at := range c.header.fields {
		cell := c.cellText(at.cell, date)
		head := slices.Index(headFields, at.name)
		switch {
		case at.apart && at.name == endField:
			f.end = cell
		case d.digests == DigestsBatch && at.apart && head >= 0:
			f.head[head] = cell
			if cell == "" {
				f.head[head] = "null" // as Java writes a text that is not there
			}
		case d.digests == DigestsBatch:
			text, why := attribute(at.name, cell, c.row.kind(at.cell))
			if why != "" {
				word := c.header.words[at.cell]
				c.rec.refuse(codeInvalid, word, word+" "+why)
			}
			f.field = append(f.field, text)
		case len(f.field) >= factorsFrom && len(f.field) < logicalFields-1 && strings.TrimSpace(cell) == "":
			f.field = append(f.field, "0")
		default:
			f.field = append(f.field, cell)
		}
	}
	if d.digests == DigestsLogical && len(f.field) == logicalFields {
		f.field, f.end = f.field[:logicalFields-1], f.field[logicalFields-1]
	}
	return f
}

// factor is the cell of an attribute where the file has digests: a 0 counts as empty, and so do blanks.
func (c rowReader) factor(cell int, kinds ...kind) string {
	text := c.cellText(cell, kinds...)
	if trimmed := strings.TrimSpace(text); trimmed == "0" || trimmed == "" {
		return ""
	}
	return text
}

// compareDigests refuses a row whose digest an earlier row has with other fields or
// another lot: the other system takes the two for one lot, here they are two.
func (t *table) compareDigests(rec *record) {
	if rec.flaw != nil || rec.digest == "" {
		return
	}
	if t.digests == nil {
		t.digests, t.factors = newIndex(), newIndex()
	}
	fields := string(rec.lot)
	for _, f := range rec.fields {
		fields += strconv.Itoa(len(f)) + ":" + f
	}
	rec.fields = nil
	if _, known := t.factors.put(rec.digest, fields, uint32(rec.line)); known {
		return
	}
	if before, twice := t.digests.put(rec.digest, "", uint32(rec.line)); twice {
		rec.refuse(codeInvalid, t.header.word(lotDigest), fmt.Sprintf(
			"lines %d and %d have the same digest %s and are not the same lot; line %d is not booked",
			before, rec.line, rec.digest, rec.line))
	}
}
