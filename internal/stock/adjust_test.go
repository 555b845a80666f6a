package stock

import "testing"

func adjust(name string, delta Qty) Adjust {
	return Adjust{Item: item(name), Bucket: bucket(item(name)), Delta: delta, Open: &Opening{}}
}

func setTo(name string, n Qty) Adjust {
	return Adjust{Item: item(name), Bucket: bucket(item(name)), Set: true, SetTo: n, Open: &Opening{}}
}

func (c Adjust) expecting(version uint64) Adjust {
	c.Version = version
	return c
}

func TestAdjust(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name:  "a delta raises what is available",
			given: []Command{open("A", 1)},
			when:  adjust("A", 4),
			want:  []string{"A v2: 4 ext/adjustment>pool/shared, 5 available, 0 held, 5 on hand"},
		},
		{
			name:  "a delta lowers what is available down to 0",
			given: []Command{open("A", 5), place("o", want("A", 2))},
			when:  adjust("A", -3),
			want:  []string{"A v3: 3 pool/shared>ext/adjustment, 0 available, 2 held, 2 on hand"},
		},
		{
			name:  "a delta below zero is refused",
			given: []Command{open("A", 5), place("o", want("A", 2))},
			when:  adjust("A", -4),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 3 of 4"},
		},
		{
			name:  "a delta meets the shared pool alone",
			given: []Command{open("A", 5), allot("A", "web", 4)},
			when:  adjust("A", -2),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 1 of 2"},
		},
		{
			name: "a positive delta opens a known product",
			when: adjust("A", 4),
			want: []string{"A v1: 4 ext/adjustment>pool/shared, 4 available, 0 held, 4 on hand"},
		},
		{
			name: "a negative delta on a known product without a record is short",
			when: adjust("A", -4),
			want: []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 4"},
		},
		{
			name: "an unknown product is not found",
			when: Adjust{Item: item("A"), Delta: 1},
			want: []string{"refused NOT_FOUND item"},
		},
		{
			name:  "the expected version is the current one",
			given: []Command{open("A", 5), adjust("A", 1)},
			when:  adjust("A", 1).expecting(2),
			want:  []string{"A v3: 1 ext/adjustment>pool/shared, 7 available, 0 held, 7 on hand"},
		},
		{
			name:  "another version is a conflict and names the current one",
			given: []Command{open("A", 5), adjust("A", 1)},
			when:  adjust("A", 1).expecting(1),
			want:  []string{"refused VERSION_CONFLICT", "version is 2"},
		},
		{
			name:  "a version conflict comes before a shortage",
			given: []Command{open("A", 5)},
			when:  adjust("A", -9).expecting(7),
			want:  []string{"refused VERSION_CONFLICT", "version is 1"},
		},
		{
			name: "a product without a record has no version to expect",
			when: adjust("A", 1).expecting(1),
			want: []string{"refused VERSION_CONFLICT"},
		},
		{
			name: "nobody has opened it, and that is expected",
			when: adjust("A", 1).expecting(NoVersion),
			want: []string{"A v1: 1 ext/adjustment>pool/shared, 1 available, 0 held, 1 on hand"},
		},
		{
			name:  "somebody has opened it meanwhile",
			given: []Command{open("A", 5)},
			when:  adjust("A", 1).expecting(NoVersion),
			want:  []string{"refused VERSION_CONFLICT", "version is 1"},
		},
		{
			name:  "set_to is on hand: what is held stays, the rest is available",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  setTo("A", 7),
			want:  []string{"A v3: 3 pool/shared>ext/adjustment, 3 available, 4 held, 7 on hand"},
		},
		{
			name: "set_to leaves withheld, damaged, quality and transit as they are",
			given: []Command{
				open("A", 20), shift("A", Shared, Withheld, 1), shift("A", Shared, Damaged, 2),
				shift("A", Shared, Quality, 3), shift("A", Shared, Transit("T1"), 4),
			},
			when: setTo("A", 11), // what is in transit is on no shelf
			want: []string{"A v6: 5 pool/shared>ext/adjustment, 5 available, 0 held, 11 on hand"},
		},
		{
			name:  "set_to above raises the shared pool",
			given: []Command{open("A", 5), allot("A", "web", 5)},
			when:  setTo("A", 12),
			want:  []string{"A v3: 7 ext/adjustment>pool/shared, 12 available, 0 held, 12 on hand"},
		},
		{
			name:  "set_to below meets the pool, then the quotas by name",
			given: []Command{open("A", 9), allot("A", "web", 3), allot("A", "app", 3)},
			when:  setTo("A", 2),
			want: []string{
				"A v4: 3 pool/shared>ext/adjustment, 3 quota/app>ext/adjustment, 1 quota/web>ext/adjustment, 2 available, 0 held, 2 on hand",
			},
		},
		{
			name:  "set_to leaves escrow to its holder",
			given: []Command{open("A", 9), shift("A", Shared, Escrow("till", Shared), 4)},
			when:  setTo("A", 3),
			want:  []string{"refused KEPT_BY_HOLDER", "short A: 5 of 6"},
		},
		{
			name:  "set_to below what is held is refused",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  setTo("A", 3),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 6 of 7"},
		},
		{
			name:  "set_to what is held leaves nothing available",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  setTo("A", 4),
			want:  []string{"A v3: 6 pool/shared>ext/adjustment, 0 available, 4 held, 4 on hand"},
		},
		{
			name:  "set_to what is there changes nothing, nor the version",
			given: []Command{open("A", 10), place("o", want("A", 4))},
			when:  setTo("A", 10),
			want:  []string{"A v2: 6 available, 4 held, 10 on hand (as it was)"},
		},
		{
			name: "set_to 0 on a product without a record opens nothing",
			when: setTo("A", 0),
			want: []string{"A v0: 0 available, 0 held, 0 on hand (as it was)"},
		},
		{
			name: "set_to opens a known product",
			when: setTo("A", 3),
			want: []string{"A v1: 3 ext/adjustment>pool/shared, 3 available, 0 held, 3 on hand"},
		},
		{
			name:  "an untracked item has no figures to adjust",
			given: []Command{untracked("A")},
			when:  setTo("A", 1),
			want:  []string{"refused INVALID_ARGUMENT product_id"},
		},
		{
			name:  "as large a delta as there is",
			given: []Command{open("A", 0)},
			when:  adjust("A", full),
			want:  []string{"A v2: 9007199254740991 ext/adjustment>pool/shared, 9007199254740991 available, 0 held, 9007199254740991 on hand"},
		},
		{
			name:  "and back",
			given: []Command{open("A", full)},
			when:  adjust("A", -full),
			want:  []string{"A v2: 9007199254740991 pool/shared>ext/adjustment, 0 available, 0 held, 0 on hand"},
		},
		{name: "a delta of 0 is refused", given: []Command{open("A", 1)}, when: adjust("A", 0), want: []string{"refused INVALID_ARGUMENT delta"}},
		{name: "a delta past 2^53-1 is refused", given: []Command{open("A", 1)}, when: adjust("A", full+1), want: []string{"refused INVALID_ARGUMENT delta"}},
		{name: "the least int64 is refused", given: []Command{open("A", 1)}, when: adjust("A", -1<<63), want: []string{"refused INVALID_ARGUMENT delta"}},
		{name: "a delta that leads past 2^53-1 is refused", given: []Command{open("A", 1)}, when: adjust("A", full), want: []string{"refused INVALID_ARGUMENT delta"}},
		{name: "a negative set_to is refused", given: []Command{open("A", 1)}, when: setTo("A", -1), want: []string{"refused INVALID_ARGUMENT set_to"}},
		{name: "a set_to past 2^53-1 is refused", given: []Command{open("A", 1)}, when: setTo("A", full+1), want: []string{"refused INVALID_ARGUMENT set_to"}},
		{name: "delta and set_to together are refused", given: []Command{open("A", 1)}, when: Adjust{Item: item("A"), Set: true, SetTo: 1, Delta: 1}, want: []string{"refused INVALID_ARGUMENT delta"}},
	})
}
