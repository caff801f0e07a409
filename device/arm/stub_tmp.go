package arm

func decodeT16(h uint32) (Inst, bool) { return Inst{Mode: T32, Len: 2, Cond: AL, Raw: h}, false }
func decodeT32(w uint32) (Inst, bool) { return Inst{Mode: T32, Len: 4, Cond: AL, Raw: w}, false }
func decodeA32(w uint32) (Inst, bool) { return Inst{Mode: A32, Len: 4, Cond: AL, Raw: w}, false }
