package sheet

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

var (
	logical = digestRule{DigestsLogical, DefaultSeparator}
	batched = digestRule{DigestsBatch, DefaultSeparator}
)

// The sums are those of Java's String.hashCode and of md5sum.
func TestDigestsAreThoseOfOtherSystems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int32{
		"": 0, "a": 97, "hello": 99162322, "polygenelubricants": -2147483648, "库存": 773925, "😀": 1772899,
	} {
		if got := javaHash(text); got != want {
			t.Errorf("%q hashes to %d, want %d", text, got, want)
		}
	}
	if got, want := batched.sum([]string{"B7"}), "c49b154e5eb54f472a917da64f919c54"; got != want {
		t.Errorf("one field is %s, want %s", got, want)
	}
	if got, want := (digestRule{DigestsBatch, ""}).sum(nil), "86d2bfc0bab44eecf21e1432be7b3efc"; got != want {
		t.Errorf("no fields are %s, want %s", got, want)
	}
	for cell, want := range map[string]string{"": "0", "1970-01-02": "86400000", "1970-01-01T08:00:01.5+08:00": "1500"} {
		if got, why := batched.field("expires_at", cell); got != want || why != "" {
			t.Errorf("%q is the field %q (%s), want %q", cell, got, why, want)
		}
	}
	if _, why := batched.field("made_on", "soon"); why == "" {
		t.Error("a time that is none was taken")
	}
	if got, _ := logical.field("expires_at", "1970-01-02"); got != "1970-01-02" {
		t.Errorf("the key of a logical warehouse has a date as %q", got)
	}
}

// factorNames are the eleven of the tests: two are not the lot's.
var factorNames = strings.Fields("digest.owner digest.warehouse lot.status lot.type lot.grade lot.channel lot.supplier lot.season lot.origin lot.project lot.batch")

func factors(owner, status, grade, batch string) []string {
	return []string{owner, "w1", status, "0", grade, "0", "0", "0", "0", "0", batch}
}

func milk(d digestRule, fields []string, units int) string {
	return fmt.Sprintf("milk,dairy,%s,%s,%d\n", strings.Join(fields, ","), d.sum(fields), units)
}

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
	t.Logf("%s and %s are both %s", strings.Join(one, "_"), strings.Join(other, "_"), logical.sum(one))
	s := spec(KindLots)
	s.Digests, s.DigestSeparator = DigestsLogical, DefaultSeparator
	good := factors("1001", "good", "A", "B1")
	blank := append([]string(nil), good...)
	for i := range blank {
		if blank[i] == "0" {
			blank[i] = ""
		}
	}
	rows := "product_id,location_id," + strings.Join(factorNames, ",") + ",digest,on_hand\n" +
		milk(logical, good, 5) + // 2
		milk(logical, one, 7) + // 3
		milk(logical, other, 9) + // 4: the hash of 3
		strings.Replace(milk(logical, factors("1001", "good", "A", "B2"), 4), ",4\n", "1,4\n", 1) + // 5: a digit too many
		"milk,dairy," + strings.Join(blank, ",") + "," + logical.sum(good) + ",6\n" + // 6: the lot of 2
		"milk,dairy," + strings.Join(factors("1001", "good", "A", "B3"), ",") + ",,6\n" + // 7
		"milk,dairy," + strings.Join(factors("1001", "good", "A", "B3"), ",") + ",x" + strings.Repeat("9", 5000) + ",6\n" + // 8
		milk(logical, factors("1001", "", "A", "B4"), 2) // 9: not what an empty field counts as
	j := h.imports(s, rows)
	if j.State != StateDone || j.Applied != 2 || j.Refused != 6 {
		t.Errorf("%+v\n%s", j, h.result(j.ID))
	}
	for line, why := range map[string]string{
		"4,digest,": "lines 3 and 4 have the same digest", "5,digest,": "that of the row's 11 fields is", "6,product_id,": "line 2 has the same lot",
		"7,digest,": "is missing", "8,digest,": "that of the row's 11 fields is", "9,digest,": "that of the row's 11 fields is",
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
	s.Digests, s.DigestSeparator = DigestsBatch, "|"
	d := s.digestRule()
	day := d.sum([]string{"B7", "3818448000000", "0"})
	j := h.imports(s, "product_id,location_id,lot.batch,lot.expires_at,lot.grade,摘要,on_hand\n"+
		"milk,dairy,B7,2091-01-01,,"+strings.ToUpper(day)+",3\n"+
		"milk,dairy,B7,2091-01-01T00:00:00Z,,"+day+",4\n"+ // another lot: a date counts to its end
		"milk,dairy,B8,soon,,"+day+",4\n")
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
	for n := range batchFields {
		many = append(many, "digest.f"+strconv.Itoa(n))
	}
	for _, c := range []struct {
		digests Digests
		kind    Kind
		head    string
		why     string
	}{
		{DigestsLogical, KindLots, eleven, "the column digest is missing"},
		{DigestsLogical, KindLots, eleven + ",digest,lot.more", "has 11 fields"},
		{DigestsLogical, KindLots, "product_id,on_hand,lot.batch,digest", "has 11 fields"},
		{DigestsBatch, KindLots, "product_id,on_hand,digest,lot.batch," + strings.Join(many, ","), "at most 50 fields"},
		{DigestsBatch, KindLevels, "product_id,on_hand", "only lots have digests"},
		{"", KindLots, eleven + ",digest", "say how they were computed"},
		{"", KindLots, "product_id,on_hand,lot.batch,Digest.Owner", "say how they were computed"},
		{DigestsBatch, KindLots, "product_id,on_hand,lot.batch,digest,digest", "are the same column"},
		{DigestsBatch, KindLots, "", "the file has no heading"},
	} {
		s := spec(c.kind)
		s.Digests = c.digests
		if j := h.imports(s, c.head+"\n"); j.State != StateRefused || j.Problem == nil || !strings.Contains(j.Problem.Reason, c.why) {
			t.Errorf("%s %q: %s %v, want %q", c.digests, clip(c.head), j.State, j.Problem, c.why)
		}
	}
}
