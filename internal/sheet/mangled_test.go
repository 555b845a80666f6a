package sheet

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"

	"github.com/xuri/excelize/v2"
)

// reading is a row as somebody reads it: what it names, and how many. Without counts it must not be booked.
type reading struct {
	product, location, lot string
	n                      int64
	counts                 bool
}

// recorder notes what an import asks of the books and of the catalog.
type recorder struct {
	Door
	mu    sync.Mutex
	asked []reading
	named [][2]string // products with their locations that became known
}

func (r *recorder) Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error) {
	r.mu.Lock()
	for _, a := range asks {
		switch c := a.Command.(type) {
		case *stock.Adjust:
			r.asked = append(r.asked, reading{c.Item.Product, c.Item.Location, c.Item.Lot, int64(c.SetTo), true})
		case *stock.SetThreshold:
			r.asked = append(r.asked, reading{c.Item.Product, c.Item.Location, "", int64(c.Threshold), true})
		default:
			panic(fmt.Sprintf("an import asks for %T", c))
		}
	}
	r.mu.Unlock()
	return r.Door.Submit(ctx, tenant, asks)
}

func (r *recorder) Declare(ctx context.Context, ins []catalog.Introduction) []catalog.Answer {
	r.mu.Lock()
	for _, in := range ins {
		r.named = append(r.named, [2]string{in.Product, in.Location})
	}
	r.mu.Unlock()
	return r.Door.Declare(ctx, ins)
}

// written is the texts of a table, and its rows as they are meant.
type written struct {
	spec  Spec
	file  string
	rows  []reading
	about string
}

const mangledFiles = 200

var mangledPlaces = []string{"default", "north", "Köln", "北京", "東京", "Москва", "Zürich"}

// Files as other programs and people write them, 200 of each kind: a row is booked as somebody reads it who looks at the file, or
// it is refused.
func TestMangledFilesAreReadAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{KindProducts, KindLevels, KindThresholds, KindLots} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			h := closedHouse(t)
			r := &recorder{Door: h.rooms.Door}
			h.rooms.Door = r
			h.open()
			known := "product_id,location_id,on_hand\n"
			for _, product := range []string{"mug", "Möbel", "茶杯", "007", "1.000", "17"} {
				for _, place := range mangledPlaces {
					known += product + "," + place + ",0\n"
				}
			}
			h.imports(spec(KindLevels), known)
			booked, refused := 0, 0
			for seed := range uint64(mangledFiles) {
				m := mangler{Rand: rand.New(rand.NewPCG(seed, 59)), t: t, kind: kind}
				w := m.text()
				if seed%2 == 1 {
					w = m.workbook()
				}
				r.asked, r.named = nil, nil
				j := h.imports(w.spec, w.file)
				for _, is := range r.asked {
					if !slices.Contains(w.rows, is) {
						t.Errorf("seed %d: %+v is booked of %s\n%q\n%+v", seed, is, w.about, w.file[:min(len(w.file), 400)], w.rows)
					}
				}
				for _, n := range r.named {
					if !slices.ContainsFunc(w.rows, func(is reading) bool {
						return is.product == n[0] && (is.location == n[1] || kind == KindProducts) && is.counts
					}) {
						t.Errorf("seed %d: %q is opened of %s\n%q\n%+v", seed, n, w.about, w.file[:min(len(w.file), 400)], w.rows)
					}
				}
				booked, refused = booked+int(j.Applied+j.Unchanged), refused+int(j.Refused)
			}
			if booked < mangledFiles/4 || refused < mangledFiles/4 {
				t.Errorf("of %d files %d rows are booked and %d refused", mangledFiles, booked, refused)
			}
		})
	}
}

type mangler struct {
	*rand.Rand
	t    *testing.T
	kind Kind
}

func pickOf[T any](m mangler, all ...T) T { return all[m.IntN(len(all))] }

// columns are those of the kind, the quantity last.
func (m mangler) columns() []string {
	return map[Kind][]string{
		KindProducts: {"product_id"}, KindLevels: {"product_id", "location_id", "on_hand"},
		KindThresholds: {"product_id", "location_id", "low_stock_threshold"}, KindLots: {"product_id", "location_id", "lot.batch", "on_hand"},
	}[m.kind]
}

// read is the row with these cells, as people read them.
func (m mangler) read(cells []string, n int64, counts bool) reading {
	r := reading{product: cells[0], location: "default", n: n, counts: counts}
	if len(cells) > 1 {
		r.location = cells[1]
	}
	if m.kind == KindLots {
		lot, err := stock.MakeLot(map[string]string{"batch": cells[2]})
		r.lot, r.counts = string(lot), counts && err == nil
	}
	return r
}

// text is a table as a text, in some encoding, that may or may not be named.
func (m mangler) text() written {
	encoding := pickOf(m, ReadEncodings...)
	s := spec(m.kind)
	s.New = pickOf(m, NewRefuse, "")
	sign := pickOf(m, DecimalPoint, DecimalComma)
	if m.IntN(2) == 0 {
		s.Decimal = sign
	}
	comma := pickOf(m, ",", ";", "\t")
	head := m.columns()
	rows := [][]string{head}
	var meant []reading
	for i := range 3 {
		n := int64(m.IntN(3000))
		cells := []string{pickOf(m, "mug", "tea "+strconv.Itoa(i), "007", "1.000", "Möbel", "茶杯"), pickOf(m, mangledPlaces...), pickOf(m, "B1", "12.500", "Süd")}
		cells = append(cells[:len(head)-1], m.spell(n, sign))
		if m.kind == KindProducts {
			cells = []string{pickOf(m, "mug", "Möbel", "茶杯", "чай")}
		}
		meant = append(meant, m.read(cells, n, true))
		rows = append(rows, cells)
	}
	var b strings.Builder
	if m.IntN(4) == 0 {
		b.WriteString("sep=" + comma + "\r\n")
	}
	end, tail := pickOf(m, "\n", "\r\n"), strings.Repeat(comma, m.IntN(3))
	for _, row := range rows {
		for i, c := range row {
			if i > 0 {
				b.WriteString(comma)
			}
			if strings.ContainsAny(c, ",;\t") || m.IntN(3) == 0 {
				c = `"` + c + `"`
			}
			b.WriteString(c)
		}
		b.WriteString(tail + end)
	}
	file := b.String()
	if d := decoders[encoding]; d != nil {
		out, err := d.NewEncoder().String(file)
		if err != nil { // it has letters that the encoding has not
			encoding = UTF8
		} else {
			file = out
		}
	}
	if m.IntN(2) == 0 {
		s.Encoding = encoding
	}
	return written{s, file, meant, fmt.Sprintf("%s, decimal %q, named %q %q, new %q", encoding, sign, s.Encoding, s.Decimal, s.New)}
}

// spell writes a number, with its thousands in groups at times.
func (m mangler) spell(n int64, sign Decimal) string {
	text := strconv.FormatInt(n, 10)
	group := map[Decimal]string{DecimalPoint: ",", DecimalComma: "."}[sign]
	if at := len(text) - 3; at > 0 && m.IntN(2) == 0 {
		text = text[:at] + group + text[at:]
	}
	if m.IntN(4) == 0 {
		text += string(sign) + strings.Repeat("0", 1+m.IntN(3))
	}
	return text
}

// workbook is a table as a workbook, its cells in many formats.
func (m mangler) workbook() written {
	f := excelize.NewFile()
	defer f.Close()
	const sheet = "Sheet1"
	must := func(err error) {
		if err != nil {
			m.t.Fatal(err)
		}
	}
	head := m.columns()
	at := func(column, row int) string {
		name, err := excelize.CoordinatesToCellName(column+1, row+1)
		must(err)
		return name
	}
	for i, word := range head {
		must(f.SetCellValue(sheet, at(i, 0), word))
	}
	put := func(cell string, v any) {
		must(f.SetCellValue(sheet, cell, v))
		if format := pickOf(m, "", "", "0", "00000", "#,##0", "0.00", `0" pcs"`, "yyyy-mm-dd", "0%", "0.0E+00", "@", "000-000", "0,", ";;;"); format != "" {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
			must(err)
			must(f.SetCellStyle(sheet, cell, cell, style))
		}
	}
	for row := 1; row <= 3; row++ {
		for i, word := range head {
			switch {
			case word == "location_id":
				put(at(i, row), pickOf[any](m, "default", "north", "北京", 12, true))
			case i == len(head)-1 && m.kind != KindProducts:
				put(at(i, row), pickOf[any](m, m.IntN(50), m.IntN(3000), 2.7, 46000+m.IntN(300), true, "12", 1234567890123456, 0.1+0.2+float64(m.IntN(3))))
			default:
				put(at(i, row), pickOf[any](m, "mug", "cup "+strconv.Itoa(row), 17, 4006381333931, 46082, 1234567890123456, false, 2.5))
			}
		}
	}
	merged := len(head) > 1 && m.IntN(6) == 0
	if merged {
		must(f.MergeCell(sheet, at(1, 1), at(1, 2)))
	}
	var meant []reading
	for row := 1; row <= 3; row++ {
		var cells []string
		for i := range head {
			shown, err := f.GetCellValue(sheet, at(i, row))
			must(err)
			cells = append(cells, shown)
		}
		n, counts := m.counted(cells[len(cells)-1])
		if m.kind == KindProducts {
			n, counts = 0, true
		}
		meant = append(meant, m.read(cells, n, counts && !merged))
	}
	if m.IntN(4) == 0 { // a hidden sheet in front
		_, err := f.NewSheet("Old")
		must(err)
		must(f.SetSheetRow("Old", "A1", &[]any{"product_id", "on_hand"}))
		must(f.SetSheetRow("Old", "A2", &[]any{"hidden", 99}))
		must(f.MoveSheet("Old", sheet))
		index, err := f.GetSheetIndex(sheet)
		must(err)
		f.SetActiveSheet(index)
		must(f.SetSheetVisible("Old", false))
	}
	var b bytes.Buffer
	must(f.Write(&b))
	s := spec(m.kind)
	s.New = pickOf(m, NewRefuse, "")
	return written{s, b.String(), meant, fmt.Sprintf("a workbook, merged %t, new %q", merged, s.New)}
}

// counted is the whole number that somebody reads in a cell, if there is one.
func (m mangler) counted(shown string) (n int64, counts bool) {
	text := strings.TrimSuffix(strings.ReplaceAll(shown, ",", ""), " pcs")
	if whole, fraction, has := strings.Cut(text, "."); has && strings.Trim(fraction, "0") == "" {
		text = whole
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && strings.Contains(text, "E") && f == float64(int64(f)) {
		return int64(f), true
	}
	if strings.Contains(strings.TrimPrefix(text, "-"), "-") {
		text = strings.ReplaceAll(text, "-", "") // 000-017
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}
