package sheet

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// record is a row after the interpretation of its columns.
type record struct {
	line  int
	cells []string // as the file has them, for the result

	product, location          string
	onHand, opening, threshold amount
	unit                       catalog.Unit // what the row names of it
	tracked                    bool         // true unless the row says otherwise
	reason, reference          string
	version                    uint64 // 0: any

	facts     *facts // of a location
	component string // of a kit: the product that quantity is of
	quantity  amount
	share     *channelRow // of a channel: its quota
	lot       stock.Lot   // of a lot
	moves     *Transfer   // of a transfer: all but its lines

	digest string   // of a lot, as another system computed it
	fields []string // that it is over

	// lateUnit reports that an earlier row of the file has the product without a unit. fileUnit
	// is the unit that an earlier row named.
	lateUnit bool
	fileUnit catalog.Unit

	// guessed reports that the encoding of the file was guessed.
	guessed bool

	flaw *Flaw
}

// refuse records what is wrong with the record, the first flaw only.
func (r *record) refuse(code, column, why string) {
	if r.flaw == nil {
		r.flaw = &Flaw{Line: r.line, Column: column, Code: code, Reason: why}
	}
}

// rowReader turns the cells of a row into a record, one column after another.
type rowReader struct {
	header *header
	row    *row
	rec    *record
	places places
	// encoding is the file's: what is unreadable in another one than UTF-8 appears as U+FFFD. guessed reports that
	// it may be another one.
	encoding Encoding
	guessed  bool
	decimal  Decimal
	// rule is how the digests of the file were computed.
	rule digestRule
}

// places keeps one copy of each location of a file. A file has few
// locations.
type places map[string]string

// maxPlaces is how many are kept.
const maxPlaces = 10_000

func (p places) intern(s string) string {
	if kept, ok := p[s]; ok {
		return kept
	}
	s = strings.Clone(s)
	if len(p) < maxPlaces {
		p[s] = s
	}
	return s
}

func (c rowReader) flaw(col column, why string) {
	if why != "" {
		word := c.header.word(col)
		c.rec.refuse(codeInvalid, word, word+" "+why)
	}
}

// text is the cell of a column in its original form, byte for byte, "" when there is
// none. A date and a truth value of a workbook are texts too.
func (c rowReader) text(col column) string {
	return c.sure(col, c.cellText(c.header.cell(col), date, truth))
}

// sure refuses a text that may be another one, because the encoding was guessed. An id is not refused here: what
// is known by it was found.
func (c rowReader) sure(col column, text string) string {
	if c.guessed && strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		c.flaw(col, "is in an encoding that was guessed ("+string(c.encoding)+"): say which it is (encoding=)")
	}
	return text
}

// cellText is text for a cell given by its number, which may be of the kinds besides a plain one.
func (c rowReader) cellText(cell int, kinds ...kind) string {
	if cell < 0 || cell >= len(c.row.cells) {
		return ""
	}
	text := unescape(c.row.cells[cell])
	if is := c.row.kind(cell); is != plain && is != digits && !slices.Contains(kinds, is) {
		word := c.header.words[cell]
		c.rec.refuse(codeInvalid, word, word+" "+is.reason(text))
	}
	if decoders[c.encoding] != nil && strings.ContainsRune(text, utf8.RuneError) {
		word := c.header.words[cell]
		c.rec.refuse(codeInvalid, word, word+" is not in the encoding of the file")
	}
	return text
}

// word is a cell that is neither an id nor free text, so blanks around it do not
// count.
func (c rowReader) word(col column, kinds ...kind) string {
	return strings.TrimSpace(c.cellText(c.header.cell(col), kinds...))
}

// id is a cell with an id, which a workbook must show as it is.
func (c rowReader) id(col column, most int) string {
	id := c.cellText(c.header.cell(col))
	c.flaw(col, faultOfID(id, most, false))
	return id
}

// amount is the quantity in a column. Whether it fits the unit is checked later.
func (c rowReader) amount(col column) amount {
	a := amount{strings.TrimSpace(c.cellText(c.header.cell(col), figure))}
	if c.row.kind(c.header.cell(col)) == plain {
		var why string
		a.text, why = c.decimal.plain(a.text)
		c.flaw(col, why)
	}
	if a.isSet() {
		c.flaw(col, a.checkForm())
	}
	return a
}

// uintCell is a number from least to most, 0 for an empty cell.
func (c rowReader) uintCell(col column, least, most uint64) uint64 {
	text := c.word(col, figure)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(text, ".0"), 10, 64)
	if err != nil || n < least || n > most {
		c.flaw(col, "must be a whole number from "+strconv.FormatUint(least, 10)+" to "+strconv.FormatUint(most, 10))
	}
	return n
}

// parseTime reads a time. A day, which is what most dates of workbooks are, begins in UTC.
func parseTime(text string) (time.Time, error) {
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, nil
	}
	return time.Parse(time.RFC3339, text)
}

// yes reads a cell with yes or no; an empty cell means unless.
func (c rowReader) yes(col column, unless bool) bool {
	switch strings.ToLower(c.word(col, truth)) {
	case "":
		return unless
	case "true", "yes", "1", "是":
		return true
	case "false", "no", "0", "否":
		return false
	}
	c.flaw(col, "must be true or false (是, 否)")
	return unless
}

// read reads the columns of the kind. where is the location of rows without
// one.
func (c rowReader) read(kind Kind, where string) {
	switch kind {
	case KindLocations:
		c.readFacts()
		return
	case KindKits:
		c.readPart()
		return
	case KindTransfers:
		c.readTransfer()
		return
	}
	r := c.rec
	// A string kept for the item must not keep the whole line in memory.
	r.product = strings.Clone(c.id(product, maxProduct))
	r.tracked = true
	if kind != KindProducts {
		if r.location = where; c.header.cell(location) >= 0 {
			if r.location = c.cellText(c.header.cell(location)); r.location == "" {
				c.flaw(location, "is missing: name the location in each row, or leave the whole column out for the tenant's default one")
			}
		}
		r.location = c.places.intern(r.location)
		c.flaw(location, faultOfID(r.location, maxLocation, false))
		r.threshold = c.amount(threshold)
	}
	if !kind.mustBeKnown() {
		if r.unit.Name = c.sure(unit, c.cellText(c.header.cell(unit))); r.unit.Name != "" {
			c.flaw(unit, faultOfID(r.unit.Name, maxUnit, false))
		}
		r.unit.Scale = int(c.uintCell(scale, 1, maxScale))
	}
	switch kind {
	case KindQuotas:
		c.readShare()
	case KindLots:
		c.readLot()
	case KindThresholds:
		if !r.threshold.isSet() {
			c.flaw(threshold, "is missing")
		}
	case KindLevels:
		c.readLevel()
	}
}

func (c rowReader) readLevel() {
	r := c.rec
	r.onHand, r.opening = c.amount(onHand), c.amount(opening)
	r.tracked = c.yes(tracked, true)
	r.version = c.uintCell(version, 1, 1<<53-1)
	c.readNote()
	counts := r.onHand.isSet() && !r.onHand.zero() || r.opening.isSet() && !r.opening.zero()
	switch {
	case r.onHand.isSet() && r.opening.isSet():
		c.flaw(opening, "cannot stand beside "+c.header.word(onHand)+": one corrects what is there, the other opens what is new")
	case !r.tracked && counts:
		c.flaw(tracked, "is false, and what is not counted has no quantity")
	case r.tracked && !r.onHand.isSet() && !r.opening.isSet():
		c.flaw(onHand, "is missing")
	case r.version != 0 && !r.onHand.isSet():
		c.flaw(version, "needs "+c.header.word(onHand))
	}
}

// readNote reads the row's note for the journal.
func (c rowReader) readNote() {
	r := c.rec
	r.reason, r.reference = c.text(reason), c.text(reference)
	c.flaw(reason, faultOfText(r.reason, maxReason))
	if r.reference != "" {
		c.flaw(reference, faultOfID(r.reference, maxReference, true))
	}
}
