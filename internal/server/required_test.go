package server_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"holdfast.dev/holdfast/api"
	"holdfast.dev/holdfast/internal/server/transcode"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// The document requires exactly the members that the codec writes for an empty
// message. With more, strict clients would refuse an answer. With fewer, they
// would check for members that are always there.
func TestRequiredIsWhatIsAlwaysWritten(t *testing.T) {
	t.Parallel()
	codec, err := transcode.NewCodec(api.Services()...)
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Required             []string `yaml:"required"`
				AdditionalProperties *bool    `yaml:"additionalProperties"`
			} `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(api.OpenAPI, &document); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name, schema := range document.Components.Schemas {
		typ, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName("holdfast.v1." + name))
		if err != nil || schema.AdditionalProperties != nil {
			continue // of files, or of requests
		}
		checked++
		var written map[string]any
		if err := json.Unmarshal(codec.Append(nil, typ.New().Interface()), &written); err != nil {
			t.Fatal(err)
		}
		want := slices.Sorted(maps.Keys(written))
		slices.Sort(schema.Required)
		if !slices.Equal(schema.Required, want) {
			t.Errorf("%s requires %v, an answer always has %v", name, schema.Required, want)
		}
	}
	if checked < 60 {
		t.Errorf("%d messages of answers were checked: the test looks in the wrong place", checked)
	}
}
