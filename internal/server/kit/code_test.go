package kit

import (
	"slices"
	"testing"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Clients are made from the definition: a code that it does not list would be
// refused by them.
func TestTheDefinitionListsAllCodes(t *testing.T) {
	t.Parallel()
	var codes []string
	for _, c := range Table {
		codes = append(codes, c.Name)
	}
	field := (&holdfastv1.Problem{}).ProtoReflect().Descriptor().Fields().ByName("code")
	if listed := api.Values(field); !slices.Equal(listed, codes) {
		t.Errorf("the definition lists %v, the server has %v", listed, codes)
	}
}
