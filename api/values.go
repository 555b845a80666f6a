package api

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Values lists what a string may be by the options of its field: the values of the
// field that values_of names, then its own. It is nil when the string may be anything.
func Values(fd protoreflect.FieldDescriptor) []string {
	rule, _ := proto.GetExtension(fd.Options(), holdfastv1.E_Field).(*holdfastv1.FieldRule)
	var all []string
	if of := rule.GetValuesOf(); of != "" {
		message, field, _ := strings.Cut(of, ".")
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(fd.ParentFile().Package().Append(protoreflect.Name(message)))
		if err != nil {
			panic(fmt.Sprintf("%s has the values of %s, which is not defined", fd.FullName(), of))
		}
		all = Values(d.(protoreflect.MessageDescriptor).Fields().ByName(protoreflect.Name(field)))
	}
	return append(all, rule.GetValues()...)
}
