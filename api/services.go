package api

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Services are the services of the contract, one for each of its chapters, in
// the order of the chapters.
func Services() []protoreflect.ServiceDescriptor {
	files := []protoreflect.FileDescriptor{
		holdfastv1.File_holdfast_v1_service_proto,
		holdfastv1.File_holdfast_v1_order_proto,
		holdfastv1.File_holdfast_v1_account_proto,
		holdfastv1.File_holdfast_v1_quota_proto,
		holdfastv1.File_holdfast_v1_campaigns_proto,
		holdfastv1.File_holdfast_v1_promise_proto,
		holdfastv1.File_holdfast_v1_lot_proto,
		holdfastv1.File_holdfast_v1_transfer_proto,
		holdfastv1.File_holdfast_v1_replenishment_proto,
		holdfastv1.File_holdfast_v1_place_proto,
		holdfastv1.File_holdfast_v1_kit_proto,
	}
	all := make([]protoreflect.ServiceDescriptor, len(files))
	for i, file := range files {
		all[i] = file.Services().Get(0)
	}
	return all
}
