package api

import (
	"cmp"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Services are the services of the contract, one for each of its chapters, in
// the order of the chapters.
func Services() []protoreflect.ServiceDescriptor {
	var all []protoreflect.ServiceDescriptor
	contract := holdfastv1.File_holdfast_v1_service_proto.Package()
	protoregistry.GlobalFiles.RangeFilesByPackage(contract, func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			all = append(all, file.Services().Get(i))
		}
		return true
	})
	slices.SortFunc(all, func(a, b protoreflect.ServiceDescriptor) int { return cmp.Compare(chapter(a), chapter(b)) })
	return all
}

func chapter(s protoreflect.ServiceDescriptor) uint32 {
	return proto.GetExtension(s.Options(), holdfastv1.E_Chapter).(uint32)
}
