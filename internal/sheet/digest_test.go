package sheet

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

var logical = digestRule{DigestsLogical, DefaultSeparator}

// The hashes are those of Java's String.hashCode.
func TestDigestsAreThoseOfOtherSystems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int32{
		"": 0, "a": 97, "hello": 99162322, "polygenelubricants": -2147483648, "库存": 773925, "😀": 1772899,
	} {
		if got := javaHash(text); got != want {
			t.Errorf("%q hashes to %d, want %d", text, got, want)
		}
	}
	for cell, want := range map[string]string{"": "0", "1970-01-02": "86400000", "1970-01-01T08:00:01.5+08:00": "1500"} {
		if got, why := attribute("expires_at", cell, plain); got != want || why != "" {
			t.Errorf("%q is the field %q (%s), want %q", cell, got, why, want)
		}
	}
	if _, why := attribute("made_on", "soon", plain); why == "" {
		t.Error("a time that is none was taken")
	}
}

// The digests were computed by another implementation, of keys as the other systems build them.
func TestDigestsOfFilesAreThoseOfOtherSystems(t *testing.T) {
	t.Parallel()
	const ten = "digest.goods,digest.warehouse,digest.owner,digest.dept,digest.type,digest.level,digest.f1,digest.f2,digest.f3,lot.batch"
	const head = "digest.warehouse,digest.goods,digest.level,digest.type,"
	many, b49 := "lot.batch", strings.Repeat(",b", 49)
	for i := range 48 {
		many += ",digest.a" + strconv.Itoa(i)
	}
	for _, c := range []struct {
		name    string
		digests Digests
		columns string
		cells   string
		digest  string
	}{
		{"a logical key", DigestsLogical, ten + ",digest.yn", "G1,W1,O1,D1,1,100,a,b,c,d,1", "1252242622"},
		{"its factors missing, and its yn", DigestsLogical, ten + ",digest.yn", `G1,W1,O1,D1,1,100,,0," ",d,`, "-1849412568"},
		{"the same without a column yn", DigestsLogical, ten, "G1,W1,O1,D1,1,100,,,,d", "-1849412568"},
		{"the yn elsewhere", DigestsLogical, "digest.yn," + ten, "1,G1,W1,O1,D1,1,100,a,b,c,d", "1252242622"},
		{"a logical key in Chinese", DigestsLogical, strings.Replace(ten, "digest.f1", "lot.colour", 1) + ",digest.yn", "货品1,W1,O1,D1,1,100,色红,0,,0,0", "-1184157694"},
		{"a batch", DigestsBatch, head + "lot.batch,lot.f2,lot.made_on,digest.yn", "W1,G1,A,1,B7,,2023-11-14T22:13:20Z,1", "67369d2e2eb79fb91653bce702019d17"},
		{"a batch with a time in any column", DigestsBatch, head + "lot.batch,lot.f2,lot.f3,digest.yn", "W1,G1,A,1,B7,0,2023-11-15T06:13:20+08:00,1", "67369d2e2eb79fb91653bce702019d17"},
		{"a batch of as many attributes as there may be", DigestsBatch, head + "digest.yn," + many, "W1,G1,100,1,1" + b49, "5426490ed75e528cee3562b6507ca0fd"},
		{"a batch without a yn", DigestsBatch, head + many, "W1,G1,100,1" + b49, "5426490ed75e528cee3562b6507ca0fd"},
		{"a batch in another order", DigestsBatch, "lot.batch,digest.yn,digest.level,digest.type,digest.made_on,digest.goods,digest.warehouse", "B7,1,A,1,,G1,W1", "80E1D09D5DB74866CDB5D1886704E699"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.declare("milk", catalog.Unit{})
			h.imports(spec(KindLevels), "product_id,location_id,on_hand\nmilk,dairy,0\n")
			s := spec(KindLots)
			s.Digests, s.DigestSeparator = c.digests, DefaultSeparator
			j := h.imports(s, "product_id,location_id,"+c.columns+",digest,on_hand\nmilk,dairy,"+c.cells+","+c.digest+",3\n")
			if j.State != StateDone || j.Applied != 1 {
				t.Errorf("%+v\n%s", j, h.result(j.ID))
			}
		})
	}
	batch := digestRule{DigestsBatch, ""}
	for _, c := range []struct {
		fields digestFields
		digest string
	}{
		{digestFields{head: [4]string{"W1", "G1", "100", "1"}, end: "1"}, "658be68ee81d8304054842c0c1f5cb51"},
		{digestFields{[4]string{"W1", "G1", "100", "1"}, strings.Split(strings.Repeat("0", 49), ""), "0"}, "70254f493d323f0f26ee48bc61231337"},
		{digestFields{[4]string{"仓1", "货1", "100", "1"}, []string{"批次7", "", "1767225600000", "0"}, "1"}, "a7f870993fbe283d90eb9b0b26a51def"},
	} {
		if got := batch.sum(c.fields); got != c.digest {
			t.Errorf("%v is %s, want %s", c.fields, got, c.digest)
		}
	}
}

// factorNames are the eleven of the tests: two are not the lot's.
var factorNames = strings.Fields("digest.owner digest.warehouse lot.status lot.type lot.grade lot.channel lot.supplier lot.season lot.origin lot.project lot.batch")

func factors(owner, status, grade, batch string) []string {
	return []string{owner, "w1", status, "0", grade, "0", "0", "0", "0", "0", batch}
}

func milk(d digestRule, fields []string, units int) string {
	return fmt.Sprintf("milk,dairy,%s,%s,%d\n", strings.Join(fields, ","), d.sum(ten(fields)), units)
}

// ten are fields of a logical key, of which the last is its end.
func ten(fields []string) digestFields { return digestFields{field: fields[:10], end: fields[10]} }

// twoAlike finds two plausible keys of logical warehouses with one hash.
func twoAlike(t *testing.T) (one, other []string) {
	t.Helper()
	seen := map[int32][]string{}
	for n := range 1_000_000 {
		f := factors("1001", "good", strconv.Itoa(n%7+1), "B"+strconv.Itoa(n))
		hash := javaHash(strings.Join(f, DefaultSeparator))
		if before := seen[hash]; before != nil {
			return before, f
		}
		seen[hash] = f
	}
	t.Fatal("no two keys have one hash")
	return nil, nil
}

func TestDigestsOfLogicalWarehousesAreChecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.declare("milk", catalog.Unit{})
	h.imports(spec(KindLevels), "product_id,location_id,on_hand\nmilk,dairy,0\n")
	one, other := twoAlike(t)
	t.Logf("%s and %s are both %s", strings.Join(one, "_"), strings.Join(other, "_"), logical.sum(ten(one)))
	s := spec(KindLots)
	s.Digests, s.DigestSeparator = DigestsLogical, DefaultSeparator
	good := factors("1001", "good", "A", "B1")
	blank := append([]string(nil), good...)
	for i := range blank {
		if blank[i] == "0" && i >= factorsFrom {
			blank[i] = ""
		}
	}
	rows := "product_id,location_id," + strings.Join(factorNames, ",") + ",digest,on_hand\n" +
		milk(logical, good, 5) + // 2
		milk(logical, one, 7) + // 3
		milk(logical, other, 9) + // 4: the hash of 3
		strings.Replace(milk(logical, factors("1001", "good", "A", "B2"), 4), ",4\n", "1,4\n", 1) + // 5: a digit too many
		"milk,dairy," + strings.Join(blank, ",") + "," + logical.sum(ten(good)) + ",6\n" + // 6: the lot of 2
		"milk,dairy," + strings.Join(factors("1001", "good", "A", "B3"), ",") + ",,6\n" + // 7
		"milk,dairy," + strings.Join(factors("1001", "good", "A", "B3"), ",") + ",x" + strings.Repeat("9", 5000) + ",6\n" + // 8
		milk(logical, factors("1001", "", "A", "B4"), 2) // 9: a field that is no factor may be empty
	j := h.imports(s, rows)
	if j.State != StateDone || j.Applied != 3 || j.Refused != 5 {
		t.Errorf("%+v\n%s", j, h.result(j.ID))
	}
	for line, why := range map[string]string{
		"4,digest,": "lines 3 and 4 have the same digest", "5,digest,": "that of the row's 11 fields is", "6,product_id,": "line 2 has the same lot",
		"7,digest,": "is missing", "8,digest,": "that of the row's 11 fields is",
	} {
		found := false
		for _, r := range strings.Split(h.result(j.ID), "\n") {
			found = found || strings.HasPrefix(r, line) && strings.Contains(r, why)
		}
		if !found {
			t.Errorf("line %s does not say %q:\n%s", line, why, h.result(j.ID))
		}
	}
	if got := h.lotsOf("milk", "dairy"); !strings.Contains(got, "B1 A good 5") || !strings.Contains(got, one[10]+" "+one[4]+" good 7") || strings.Contains(got, " 9") || strings.Contains(got, " 16") {
		t.Errorf("milk: %s", got)
	}
}

func TestDigestsOfBatchesAreChecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.declare("milk", catalog.Unit{})
	h.imports(spec(KindLevels), "product_id,location_id,on_hand\nmilk,dairy,0\n")
	s := spec(KindLots)
	s.Digests = DigestsBatch
	day := s.digestRule().sum(digestFields{[4]string{"W1", "milk", "A", "1"}, []string{"B7", "3818448000000", "0"}, "1"})
	j := h.imports(s, "product_id,location_id,digest.warehouse,digest.goods,digest.level,digest.type,lot.batch,lot.expires_at,lot.grade,摘要,on_hand\n"+
		"milk,dairy,W1,milk,A,1,B7,2091-01-01,,"+strings.ToUpper(day)+",3\n"+
		"milk,dairy,W1,milk,A,1,B7,2091-01-01T00:00:00Z,,"+day+",4\n"+ // another lot: a date counts to its end
		"milk,dairy,W1,milk,A,1,B8,soon,,"+day+",4\n")
	if j.State != StateDone || j.Applied != 1 || j.Refused != 2 || !strings.Contains(h.result(j.ID), "line 2 has") && !strings.Contains(h.result(j.ID), "lines 2 and 3 have the same digest") {
		t.Fatalf("%+v\n%s", j, h.result(j.ID))
	}
	if got, want := h.lotsOf("milk", "dairy"), "loose 0, B7 2091-01-01 3"; got != want {
		t.Errorf("milk: %s, want %s\n%s", got, want, h.result(j.ID))
	}
}

// A file whose columns do not fit is refused as a whole.
func TestAFileWithoutTheColumnsOfItsDigestsIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	eleven := "product_id,on_hand," + strings.Join(factorNames, ",")
	var many []string
	for n := range batchFields - 1 {
		many = append(many, "digest.f"+strconv.Itoa(n))
	}
	const head = "digest.warehouse,digest.goods,digest.level,digest.type,"
	for _, c := range []struct {
		digests Digests
		kind    Kind
		head    string
		why     string
	}{
		{DigestsLogical, KindLots, eleven, "the column digest is missing"},
		{DigestsLogical, KindLots, eleven + ",digest,lot.more", "has 11 fields"},
		{DigestsLogical, KindLots, "product_id,on_hand,lot.batch,digest", "has 11 fields"},
		{DigestsBatch, KindLots, head + "product_id,on_hand,digest,lot.batch," + strings.Join(many, ","), "at most 49 attributes, the file has 50"},
		{DigestsBatch, KindLots, "product_id,on_hand,digest,lot.batch", "digest.warehouse is missing"},
		{DigestsBatch, KindLevels, "product_id,on_hand", "only lots have digests"},
		{"", KindLots, eleven + ",digest", "say how they were computed"},
		{"", KindLots, "product_id,on_hand,lot.batch,Digest.Owner", "say how they were computed"},
		{DigestsBatch, KindLots, head + "product_id,on_hand,lot.batch,digest,digest", "are the same column"},
		{DigestsBatch, KindLots, "", "the file has no heading"},
	} {
		s := spec(c.kind)
		s.Digests = c.digests
		if j := h.imports(s, c.head+"\n"); j.State != StateRefused || j.Problem == nil || !strings.Contains(j.Problem.Reason, c.why) {
			t.Errorf("%s %q: %s %v, want %q", c.digests, clip(c.head), j.State, j.Problem, c.why)
		}
	}
}
