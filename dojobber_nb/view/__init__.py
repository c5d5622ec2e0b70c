"""Views of a run: layout, colours and icons, texts, pictures. Reads core, calls no job."""
