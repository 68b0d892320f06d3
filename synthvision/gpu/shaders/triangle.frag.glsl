layout(location = 0) out uint out_value;

void main() {
    out_value = 7u;
}
