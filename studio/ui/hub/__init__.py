"""SAEs on the Hugging Face Hub: search, look, download; and the doctor that checks them."""
