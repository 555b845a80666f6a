package sheet

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// known is a house with a mug and milk at the default location and a lot of milk at the dairy.
func known(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.declare("mug", catalog.Unit{})
	h.declare("milk", catalog.Unit{})
	h.imports(spec(KindLevels), "product_id,location_id,on_hand\nmug,default,5\nmilk,dairy,0\n")
	h.imports(spec(KindLots), "product_id,location_id,lot.batch,on_hand\nmilk,dairy,B1,5\n")
	return h
}

// An import that opens nothing new refuses a typing error, and a sum.
func TestAnImportMayOpenNothingNew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file string
		kind       Kind
		want       Job // its counts
		says       []string
	}{
		{
			"levels", "product_id,location_id,on_hand\nmug,default,6\nTotal,default,6\nmug,defau1t,6\n", KindLevels,
			Job{Applied: 1, Refused: 2},
			[]string{`3,product_id,"product ""Total"" is not known, and the import opens nothing new`, `4,location_id,"location ""defau1t"" is not known`},
		},
		{
			"lots", "product_id,location_id,lot.batch,on_hand\nmilk,dairy,B1,6\nmilk,dairy,Bl,6\nmilk,dairy,B3,0\n", KindLots,
			Job{Applied: 1, Unchanged: 1, Refused: 1},
			[]string{`3,on_hand,"lot ""batch Bl"" is not known`},
		},
		{"products are what a file of products opens", "product_id\nplate\nmug\n", KindProducts, Job{Applied: 1, Unchanged: 1, Opened: Opened{Products: 1}}, nil},
		{"locations are what a file of locations opens", "location_id,name\nmoon,Moon\n", KindLocations, Job{Applied: 1, Opened: Opened{Locations: 1}}, nil},
	} {
		for _, dry := range []bool{true, false} {
			h := known(t)
			s := spec(c.kind)
			s.New, s.DryRun = NewRefuse, dry
			j := h.imports(s, c.file)
			if j.Applied != c.want.Applied || j.Unchanged != c.want.Unchanged || j.Refused != c.want.Refused || j.Opened != c.want.Opened {
				t.Errorf("%s, dry %t: %+v\n%s", c.name, dry, j, h.result(j.ID))
			}
			for _, part := range c.says {
				if r := h.result(j.ID); !strings.Contains(r, part) {
					t.Errorf("%s: nothing says %s:\n%s", c.name, part, r)
				}
			}
		}
	}
}

// An opened product is counted once, as the dry run has said.
func TestAnImportTellsWhatItOpened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file string
		kind Kind
		want Opened
	}{
		{"product_id,location_id,on_hand\nmug,north,1\nplate,north,1\nplate,default,1\nbowl,default,x\n", KindLevels, Opened{Products: 1, Locations: 1}},
		{"product_id,location_id,lot.batch,on_hand\nmilk,dairy,B1,6\nmilk,dairy,B2,6\nmilk,dairy,B3,0\n", KindLots, Opened{Lots: 1}},
	} {
		h := known(t)
		for _, dry := range []bool{true, false} {
			s := spec(c.kind)
			s.DryRun = dry
			if j := h.imports(s, c.file); j.Opened != c.want {
				t.Errorf("%s, dry %t: opened %+v, want %+v\n%s", c.kind, dry, j.Opened, c.want, h.result(j.ID))
			}
		}
	}
}

// A text in an encoding that nobody named opens nothing, and none of its texts are booked. With the encoding named it is read.
func TestAnEncodingThatWasGuessedOpensNothing(t *testing.T) {
	t.Parallel()
	encode := func(e interface{ String(string) (string, error) }, text string) string {
		out, err := e.String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, c := range []struct {
		encoding Encoding
		place    string
		bytes    func(string) string
	}{
		{"windows-1252", "München", func(s string) string { return encode(charmap.Windows1252.NewEncoder(), s) }},
		{"macintosh", "Zürich", func(s string) string { return encode(charmap.Macintosh.NewEncoder(), s) }},
		{"windows-1251", "Москва", func(s string) string { return encode(charmap.Windows1251.NewEncoder(), s) }},
		{"shift_jis", "東京", func(s string) string { return encode(japanese.ShiftJIS.NewEncoder(), s) }},
		{"big5", "臺北", func(s string) string { return encode(traditionalchinese.Big5.NewEncoder(), s) }},
		{GB18030, "北京", func(s string) string { return gb(t, s) }},
	} {
		h := known(t)
		h.imports(spec(KindLevels), "product_id,location_id,on_hand\nmug,"+c.place+",5\n")
		for kind, file := range map[Kind]string{
			KindLevels:    "product_id,location_id,on_hand\nmug," + c.place + ",7\n",
			KindProducts:  "product_id\n" + c.place + "\n",
			KindLocations: "location_id,name\nnorth," + c.place + "\n",
			KindLots:      "product_id,location_id,lot.batch,on_hand\nmilk,dairy," + c.place + ",7\n",
		} {
			s := spec(kind)
			j := h.imports(s, c.bytes(file))
			if known := kind == KindLevels && c.encoding == GB18030; j.Opened != (Opened{}) || (j.Applied > 0) != known {
				t.Errorf("%s in %s: %+v\n%s", kind, c.encoding, j, h.result(j.ID))
			}
			s.Encoding = c.encoding
			if j := h.imports(s, c.bytes(file)); j.Applied+j.Unchanged != 1 {
				t.Errorf("%s in %s as named: %+v\n%s", kind, c.encoding, j, h.result(j.ID))
			}
		}
		if j := h.imports(spec(KindLevels), c.bytes("product_id,on_hand,reason\nmug,9,"+c.place+"\n")); j.Applied != 0 {
			t.Errorf("a reason in %s: %+v", c.encoding, j)
		}
	}
}

// Fractions and thousands are read as the sender says.
func TestNumbersAreReadByTheSignOfTheirFraction(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		decimal    Decimal
		text, want string // "" for a refusal
	}{
		{"", "1000", "1000"},
		{"", "1.5", "1.5"},
		{"", "5.0", "5.0"},
		{"", "0.125", "0.125"},
		{"", "1234.567", "1234.567"},
		{"", "1.000", ""},
		{"", "-12.500", ""},
		{"", "1,000", ""},
		{"", "1.000.000", ""},
		{".", "1.000", "1.000"},
		{".", "1,000", "1000"},
		{".", "1,234,567.5", "1234567.5"},
		{".", "1,5", "1,5"}, // no number, which the rules say
		{",", "1,5", "1.5"},
		{",", "1.000", "1000"},
		{",", "1.234.567,25", "1234567.25"},
		{",", "1.5", ""},
		{",", "1.0000", ""},
		{",", "", ""},
	} {
		got, why := c.decimal.plain(c.text)
		if c.want != "" && (got != c.want || why != "") || c.want == "" && c.text != "" && why == "" {
			t.Errorf("%q with %q is %q (%s), want %q", c.text, c.decimal, got, why, c.want)
		}
	}
}

// Tables are read with all that spreadsheets put around them.
func TestTablesOfOtherPrograms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file string
		change     func(*Spec)
		applied    int64
		problem    string
	}{
		{"a line that names the separator", "sep=;\r\nproduct_id;on_hand\r\nmug;1\r\n", nil, 1, ""},
		{"that of a tab", "SEP=\t\nproduct_id\ton_hand\nmug\t1\n", nil, 1, ""},
		{"empty columns", "product_id,on_hand,,\nmug,1,,\n", nil, 1, ""},
		{"an unknown column", "product_id,on_hand,colour\nmug,1,red\n", nil, 0, `"colour" is no column`},
		{"the same, ignored", "product_id,on_hand,colour\nmug,1,red\n", func(s *Spec) { s.Others = true }, 1, ""},
		{"other words", "SKU,Bestand,Lager\nmug,1,default\n", func(s *Spec) {
			s.Map = map[string]string{"SKU": "product_id", "Bestand": "on_hand", "Lager": "location_id"}
		}, 1, ""},
		{"a word for no column", "SKU,on_hand\nmug,1\n", func(s *Spec) { s.Map = map[string]string{"SKU": "sku"} }, 0, `"sku" is no column`},
		{"a word that the file does not have", "product_id,on_hand\nmug,1\n", func(s *Spec) { s.Map = map[string]string{"SKU": "product_id"} }, 0, `no column "SKU"`},
		{"two words for one column", "SKU,product_id,on_hand\nmug,mug,1\n", func(s *Spec) { s.Map = map[string]string{"SKU": "product_id"} }, 0, "the same column"},
	} {
		h := known(t)
		s := spec(KindLevels)
		if c.change != nil {
			c.change(&s)
		}
		j := h.imports(s, c.file)
		if j.Applied != c.applied || c.problem != "" && (j.Problem == nil || !strings.Contains(j.Problem.Reason, c.problem)) {
			t.Errorf("%s: %+v %v\n%s", c.name, j, j.Problem, h.result(j.ID))
		}
	}
	h := known(t)
	j := h.imports(spec(KindLevels), "sep=;\nproduct_id;on_hand\nmug;x\n")
	if r := h.result(j.ID); !strings.Contains(r, "\n3,on_hand") && !strings.Contains(r, "\n3;on_hand") {
		t.Errorf("a line is counted from another one: %s", r)
	}
}
