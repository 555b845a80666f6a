package stock

import (
	"pgregory.net/rapid"
)

var someBucketSets = shared(rapid.Custom(func(t *rapid.T) (s BucketSet) {
	switch rapid.IntRange(0, 2).Draw(t, "how many") {
	case 0:
		return s
	case 1:
		return fullSet()
	}
	for _, b := range rapid.SliceOfN(someBuckets, 1, 5).Draw(t, "buckets") {
		s.Put(b)
	}
	return s
}))

func somePlacement(t *rapid.T) Placement {
	return Placement{
		Tenant: someNames.Draw(t, "tenant"), Location: someNames.Draw(t, "location"), At: someTimes.Draw(t, "placed at"),
		Seal: Seal(rapid.IntRange(0, int(seals)-1).Draw(t, "seal")), Spread: rapid.Bool().Draw(t, "spread"),
	}
}

// somePlacements are what a bucket's row keeps of up to three locations.
func somePlacements(t *rapid.T) (p Placements) {
	for range rapid.IntRange(0, 3).Draw(t, "placements") {
		e := somePlacement(t)
		p = p.withLocation(&e)
	}
	return p
}

func someHandover() *rapid.Generator[*Handover] {
	return rapid.Custom(func(t *rapid.T) *Handover {
		return &Handover{
			Bucket: someBuckets.Draw(t, "bucket"), Stage: Stage(rapid.IntRange(0, int(stages)-1).Draw(t, "stage")),
			Epoch: someVersions.Draw(t, "epoch"), Slot: rapid.Uint16().Draw(t, "slot"), Seq: someVersions.Draw(t, "seq"),
			Hash:  [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash")),
			Mover: [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "mover")), Placements: somePlacements(t),
		}
	})
}
