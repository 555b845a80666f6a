package main

import "golang.org/x/sys/unix"

// remote names a file system that other machines share.
func remote(s *unix.Statfs_t) string {
	switch uint32(s.Type) {
	case unix.NFS_SUPER_MAGIC:
		return "NFS"
	case unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		return "a Windows share"
	case unix.CEPH_SUPER_MAGIC:
		return "CephFS"
	case unix.AFS_SUPER_MAGIC:
		return "AFS"
	}
	return ""
}

// clockSynced reports whether the kernel says that a program synchronizes the clock.
func clockSynced() (bool, error) {
	var x unix.Timex
	state, err := unix.Adjtimex(&x)
	if err != nil {
		return false, err
	}
	return state != unix.TIME_ERROR, nil
}
