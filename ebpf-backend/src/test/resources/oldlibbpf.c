// SPDX-License-Identifier: Apache-2.0
// A library that says of itself that it is libbpf 0.8.
unsigned libbpf_major_version(void) { return 0; }
unsigned libbpf_minor_version(void) { return 8; }
