docker rename "$LAB_BOX" "$OTHER_BOX"
