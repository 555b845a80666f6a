package sheet

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/xuri/excelize/v2"
)

// gb is the text in GB18030.
func gb(t testing.TB, text string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// workbookOf writes cells with the library that people use.
func workbookOf(t testing.TB, rows ...[]any) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFilesAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	plain := "product_id,on_hand\n茶杯,10\n"
	for _, c := range []struct {
		name     string
		content  string
		format   Format
		encoding Encoding
		says     func(*Spec) // what the sender says of it
	}{
		{name: "UTF-8", content: plain, format: CSV, encoding: UTF8},
		{name: "UTF-8 with a mark", content: "\xef\xbb\xbf" + plain, format: CSV, encoding: UTF8BOM},
		{name: "GB18030 as it was said", content: gb(t, plain), format: CSV, encoding: GB18030, says: func(s *Spec) { s.Encoding = GB18030 }},
		{name: "GB18030 with quotes", content: gb(t, "product_id,on_hand\n\"茶杯\",10\n"), format: CSV, encoding: GB18030, says: func(s *Spec) { s.Encoding = GB18030 }},
		{name: "Chinese headings in GB18030", content: gb(t, "实物库存;商品\n10;茶杯\n"), format: CSV, encoding: GB18030},
		{name: "semicolons", content: "product_id;on_hand\n茶杯;10\n", format: CSV, encoding: UTF8},
		{name: "tabs", content: "product_id\ton_hand\n茶杯\t10\n", format: CSV, encoding: UTF8},
		{name: "a delimiter inside a quoted heading does not count", content: "\"product_id\";\"on_hand\"\n茶杯;10\n", format: CSV, encoding: UTF8},
		{name: "lines that end as on Windows", content: "product_id,on_hand\r\n茶杯,10\r\n", format: CSV, encoding: UTF8},
		{name: "no end of the last line", content: "product_id,on_hand\n茶杯,10", format: CSV, encoding: UTF8},
		{name: "blank lines and rows of blanks", content: "\n\nproduct_id,on_hand\n\n,\n茶杯,10\n,\n\n", format: CSV, encoding: UTF8},
		{name: "quotes around everything", content: "\"product_id\",\"on_hand\"\n\"茶杯\",\"10\"\n", format: CSV, encoding: UTF8},
		{name: "a workbook", content: workbookOf(t, []any{"product_id", "on_hand"}, []any{"茶杯", 10}), format: XLSX},
		{name: "a workbook with numbers as texts", content: workbookOf(t, []any{"商品", "在库"}, []any{"茶杯", "10"}), format: XLSX},
		{name: "a workbook with empty rows", content: workbookOf(t, []any{"product_id", "on_hand"}, []any{}, []any{nil, nil}, []any{"茶杯", 10.0}), format: XLSX},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			s := spec(KindLevels)
			if c.says != nil {
				c.says(&s)
			}
			j := h.imports(s, c.content)
			if j.State != StateDone || j.Rows != 1 || j.Applied != 1 || j.FoundFormat != c.format || j.FoundEncoding != c.encoding {
				t.Fatalf("%+v %v\n%s", j, j.Problem, h.result(j.ID))
			}
			if it := h.item("default", "茶杯"); it == nil || it.Figures().OnHand != 10 {
				t.Errorf("the item is %+v", it)
			}
			if left := h.left(); len(left) > 0 {
				t.Errorf("what is left of it: %v", left)
			}
		})
	}
}

// No row of these is applied, in any mode, and the reason is reported.
func TestFilesThatCannotBeReadAreRefusedWhole(t *testing.T) {
	t.Parallel()
	good := "product_id,on_hand\na,1\n"
	sheet := workbookOf(t, []any{"product_id", "on_hand"}, []any{"a", 1})
	for _, c := range []struct {
		name    string
		content func() io.Reader
		says    func(*Spec)
		line    int
		reason  string
	}{
		{name: "empty", content: text(""), reason: "empty"},
		{name: "only blank lines", content: text("\n\n\n"), reason: "no heading"},
		{name: "a heading of an unknown word", content: text("product_id,on_hand,colour\na,1,red\n"), line: 1, reason: `"colour" is no column`},
		{name: "binary", content: text("\x7fELF\x02\x01\x01\x00\x00" + good), reason: "NUL"},
		{name: "UTF-16", content: text("\xff\xfep\x00r\x00"), reason: "UTF-16"},
		{name: "an old workbook", content: text("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), reason: "old Excel"},
		{name: "a workbook that is called CSV", content: text(sheet), says: func(s *Spec) { s.Format = CSV }, reason: "called csv"},
		{name: "a text that is called a workbook", content: text(good), says: func(s *Spec) { s.Format = XLSX }, reason: "called xlsx"},
		{name: "an archive that is no workbook", content: text("PK\x03\x04" + strings.Repeat("x", 100)), reason: "damaged"},
		{name: "half a workbook", content: text(sheet[:len(sheet)/2]), reason: "damaged"},
		{name: "a workbook with something in front", content: text("PK\x03\x04" + sheet), reason: "damaged"},
		{name: "a line without an end", content: func() io.Reader {
			return io.MultiReader(strings.NewReader(good), io.LimitReader(endless{}, 30<<20))
		}, line: 3, reason: "more than 1048576 bytes"},
		{name: "a quote that swallows megabytes", content: func() io.Reader {
			return io.MultiReader(strings.NewReader(good+"b,\"\n"), strings.NewReader(strings.Repeat("c,1\n", 1<<20)))
		}, line: 3, reason: "never closed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			s := spec(KindLevels)
			if c.says != nil {
				c.says(&s)
			}
			accepted, _, err := h.desk.Accept(t.Context(), s, c.content())
			if err != nil {
				t.Fatal(err)
			}
			j := h.wait(accepted.ID)
			if j.State != StateRefused || j.Applied != 0 || j.Problem == nil || j.Problem.Line != c.line || !strings.Contains(j.Problem.Reason, c.reason) {
				t.Fatalf("%s: %+v", j.State, j.Problem)
			}
			if r := h.result(j.ID); !strings.Contains(r, c.reason) && !strings.Contains(r, `""`) {
				t.Errorf("the result says %s", r)
			}
			if h.item("default", "a") != nil {
				t.Error("a row was applied")
			}
		})
	}
}

func text(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }

// endless is a line that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestAFileWithOnlyAHeadingHasNothingToDo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, all := range []bool{false, true} {
		s := spec(KindLevels)
		s.All = all
		if j := h.imports(s, "product_id,on_hand\n"); j.State != StateDone || j.Rows != 0 {
			t.Errorf("all %v: %+v", all, j)
		}
	}
}

func TestEncodingsAreToldApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       Encoding
	}{
		{"nothing but ASCII", "abc", UTF8},
		{"a letter of three bytes at every place of a block", strings.Repeat("中文", 60_000) + "a", UTF8},
		{"one damaged byte in a text that is else UTF-8", strings.Repeat("中文", 100) + "\xe9", UTF8},
		{"Chinese in GB18030", gb(t, strings.Repeat("中文", 100)), GB18030},
		{"far behind a megabyte of ASCII", strings.Repeat("a", 1<<20) + gb(t, "仓库"), GB18030},
		{"two letters in GB18030, of which three bytes look like UTF-8", gb(t, "茶杯"), GB18030},
		{"one damaged byte in either", "é caf\xe9,1", UTF8},
		{"one damaged byte in GB18030", gb(t, strings.Repeat("中文", 100)) + "\xe9,", GB18030},
		{"letters of four bytes", gb(t, strings.Repeat("\U00020000\u3402", 20)), GB18030},
	} {
		got, err := detect(strings.NewReader(c.text))
		if err != nil || got != c.want {
			t.Errorf("%s: %s %v, want %s", c.name, got, err, c.want)
		}
	}
}

// FuzzTable reads anything as a table: it ends, in bounded memory, with rows
// or a reason.
func FuzzTable(f *testing.F) {
	for _, s := range []string{
		"product_id,on_hand\na,1\n", "product_id;on_hand;unit;scale\na;1,5;kg;3\n", "\xef\xbb\xbfproduct_id,on_hand\n\"a\"\"b\",1\n",
		"product_id,on_hand\n\"a,1\nb,2\n", "商品,在库\n茶,1\n", gb(f, "商品,在库\n茶,1\n"), "product_id,on_hand\n\x00,\xff\n", "\n\n,,\n",
		workbookOf(f, []any{"product_id", "on_hand"}, []any{"=a", 1.5}),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "body")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		kind := ImportKinds[len(content)%len(ImportKinds)]
		how, err := fileForm{}.examine(file)
		if err != nil {
			return
		}
		table, err := openTable(path, Spec{Kind: kind, Location: "default"}, how)
		if err != nil {
			return
		}
		defer table.close()
		for last := 0; ; {
			rec, err := table.next()
			if err != nil {
				return
			}
			if rec.line <= last {
				t.Fatalf("line %d comes behind line %d", rec.line, last)
			}
			last = rec.line
			if rec.flaw == nil && (faultOfID(rec.product, maxProduct, false) != "" || rec.onHand.isSet() && rec.onHand.checkForm() != "") {
				t.Fatalf("a bad row passes: %+v", rec)
			}
			if rec.flaw != nil && (rec.flaw.Line != rec.line || rec.flaw.Reason == "" || rec.flaw.Code == "") {
				t.Fatalf("a flaw that says nothing: %+v", rec.flaw)
			}
		}
	})
}

// cellsOf reads a workbook with the library that people use.
func cellsOf(t testing.TB, content string) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
