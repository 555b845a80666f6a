package stock

import (
	"reflect"
	"strings"
	"testing"
)

// A command that was made before its item went to another bucket must reach it
// there: each names the bucket of what it is about, and each is corrected.
func TestEveryCommandFollowsItsItemToAnotherBucket(t *testing.T) {
	t.Parallel()
	for _, cmd := range fullCommands() {
		moved := Rebucket(cmd, func(_ ItemKey, b Bucket) Bucket { return b + 100 })
		v := reflect.New(reflect.TypeOf(moved)).Elem()
		v.Set(reflect.ValueOf(moved))
		leaves(v, "", func(path string, leaf reflect.Value) {
			if strings.HasSuffix(path, ".Bucket") && leaf.Uint() < 100 {
				t.Errorf("%T%s is still %d", cmd, path, leaf.Uint())
			}
		})
	}
}
